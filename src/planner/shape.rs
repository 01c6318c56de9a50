//! What submissions of one route, level and kind of device have in common: who can do each stage, what must come before
//! it, and whose hands it must (not) be in. Worked out once for all of them.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::instance::{Instance, Task};
use super::resources::Place;
use crate::domain::calendar::Windows;
use crate::domain::ids::Word;
use crate::domain::policy::{Route, Stage};

/// A stage, as all submissions of a kind share it.
pub struct Shape {
    pub attended: bool,
    pub holds: bool,
    pub returns: bool,
    /// Pools of resources that can do it, fewest abilities first.
    pub eligible: Rc<[usize]>,
    /// The same, and those who could not do another stage that whoever does this one must do.
    pub all: Rc<[usize]>,
    pub after: Vec<usize>,
    /// Stages that come after it.
    pub before: Vec<usize>,
    /// The different hours and speeds at which it can be done.
    pub classes: Vec<Class>,
    /// Stages that whoever does this one does too; a rule that binds one stage to another binds both.
    pub same: Vec<usize>,
    /// Stages that whoever does this one does not do; likewise.
    pub different: Vec<usize>,
}

/// The stages of a route, in its order.
pub struct Form {
    pub shapes: Vec<Rc<Shape>>,
    /// Every stage before those that it comes after.
    pub backward: Rc<[usize]>,
    /// Whether what needs the device in hand can be planned apart from, and before, what does not.
    pub parts: bool,
}

/// Resources that keep the same hours and work at the same speed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Class {
    windows: usize,
    speed: u32,
}

impl Class {
    /// The latest start of a task that is done by an instant. Closures within a machine's run are not looked at.
    pub fn latest_start(self, task: &Task, by: i64, windows: &mut [Windows]) -> i64 {
        let windows = &mut windows[self.windows];
        let length = task.time_at(self.speed);
        let start = if task.attended {
            windows.latest_start(by, length)
        } else {
            windows.last_handover(by).and_then(|end| windows.last_open(end - length))
        };
        start.unwrap_or(by - length)
    }
}

/// The forms found so far, by where the route lies in memory, level and kind of device: only ever looked up.
#[derive(Default)]
pub struct Forms<'a> {
    known: BTreeMap<(usize, u8, &'a Word), Rc<Form>>,
    eligible: BTreeMap<Ability<'a>, Rc<[usize]>>,
}

/// What decides who can do a stage.
type Ability<'a> = (Vec<u8>, &'a Word, u8, &'a Word);

impl<'a> Forms<'a> {
    /// The form of a route for devices of a kind at a level.
    pub fn of(&mut self, route: &'a Route, level: u8, device: &'a Word, instance: &Instance) -> Rc<Form> {
        let address = std::ptr::from_ref(route) as usize;
        if let Some(known) = self.known.get(&(address, level, device)) {
            return Rc::clone(known);
        }
        let can: Vec<Rc<[usize]>> = route.stages.iter().map(|stage| self.able(stage, level, device, instance)).collect();
        let form = Rc::new(form(route, &can, instance));
        self.known.insert((address, level, device), Rc::clone(&form));
        form
    }

    /// The pools that can do a stage on a device at a level, those that can do least first.
    fn able(&mut self, stage: &'a Stage, level: u8, device: &'a Word, instance: &Instance) -> Rc<[usize]> {
        let kinds = stage.by.iter().map(|kind| *kind as u8).collect();
        let found = self.eligible.entry((kinds, &stage.name, level, device)).or_insert_with(|| {
            let one_of = |pool: usize| instance.pools[pool].first().map(|resource| &instance.resources[*resource]);
            let can = |place: &Place| !place.held && place.can(stage, level, device);
            let mut able: Vec<usize> = (0..instance.pools.len()).filter(|pool| one_of(*pool).is_some_and(can)).collect();
            able.sort_by_key(|pool| (one_of(*pool).map(|place| place.abilities), *pool));
            able.into()
        });
        Rc::clone(found)
    }
}

fn form(route: &Route, can: &[Rc<[usize]>], instance: &Instance) -> Form {
    let stages = &route.stages;
    let names = |a: usize, b: usize| stages[a].same_person_as == Some(b);
    let bars = |a: usize, b: usize| stages[a].different_person_from.contains(&b);
    let either = |rule: &dyn Fn(usize, usize) -> bool, a: usize| -> Vec<usize> {
        (0..stages.len()).filter(|b| *b != a && (rule(a, *b) || rule(*b, a))).collect()
    };
    let narrowed = narrowed(stages, can);
    let shapes: Vec<Rc<Shape>> = (0..stages.len())
        .map(|a| {
            Rc::new(Shape {
                attended: stages[a].attended,
                holds: stages[a].holds_device,
                returns: stages[a].returns_device,
                eligible: Rc::clone(&narrowed[a]),
                all: Rc::clone(&can[a]),
                after: stages[a].after.clone(),
                before: (0..stages.len()).filter(|b| stages[*b].after.contains(&a)).collect(),
                classes: classes(&narrowed[a], instance),
                same: either(&names, a),
                different: either(&bars, a),
            })
        })
        .collect();
    Form { backward: backward(&shapes), shapes, parts: route.comes_apart() }
}

fn classes(pools: &[usize], instance: &Instance) -> Vec<Class> {
    let mut classes = Vec::new();
    for place in pools.iter().map(|pool| &instance.resources[instance.pools[*pool][0]]) {
        let class = Class { windows: place.windows, speed: place.resource.speed };
        if !classes.contains(&class) {
            classes.push(class);
        }
    }
    classes
}

/// The stages, last first.
fn backward(shapes: &[Rc<Shape>]) -> Rc<[usize]> {
    let mut backward: Vec<usize> = Vec::new();
    while let Some(next) = (0..shapes.len())
        .rev()
        .find(|stage| !backward.contains(stage) && shapes[*stage].before.iter().all(|later| backward.contains(later)))
    {
        backward.push(next);
    }
    backward.into()
}

/// Where `B` is to be done by whoever does `A`, `A` goes to someone who can do both, if there is anyone.
fn narrowed(stages: &[Stage], can: &[Rc<[usize]>]) -> Vec<Rc<[usize]>> {
    let mut narrowed = can.to_vec();
    for (b, stage) in stages.iter().enumerate() {
        let Some(a) = stage.same_person_as else { continue };
        let both: Rc<[usize]> = narrowed[a].iter().copied().filter(|pool| narrowed[b].contains(pool)).collect();
        if !both.is_empty() {
            narrowed[a] = both;
        }
    }
    narrowed
}
