//! Rows by their number that are also found by something else about them, without looking at all.
//!
//! Invariant: whatever is found by it is in the rows, and the other way round: nothing changes the rows but what keeps both.

use std::fmt::Debug;
use std::ops::Deref;

use super::Map;

/// What is found by something else than its number.
pub trait Row {
    /// By what.
    type By: Ord + Clone + Debug;
    /// By which, if it is to be found so.
    fn by(&self) -> Option<Self::By>;
}

/// Rows by their number, a value as [`Map`] is.
#[derive(Clone, Debug)]
pub struct Table<K: Ord + Clone, V: Row> {
    rows: Map<K, V>,
    found: Map<(V::By, K), ()>,
}

impl<K: Ord + Clone, V: Row> Table<K, V> {
    /// Without rows.
    pub fn new() -> Self {
        Self { rows: Map::new_sync(), found: Map::new_sync() }
    }

    /// Sets a row.
    pub fn insert_mut(&mut self, key: K, row: V) {
        let (old, new) = (self.rows.get(&key).and_then(Row::by), row.by());
        if old != new {
            if let Some(old) = old {
                self.found.remove_mut(&(old, key.clone()));
            }
            if let Some(new) = new {
                self.found.insert_mut((new, key.clone()), ());
            }
        }
        self.rows.insert_mut(key, row);
    }

    /// Takes a row away; whether there was one.
    pub fn remove_mut(&mut self, key: &K) -> bool {
        if let Some(by) = self.rows.get(key).and_then(Row::by) {
            self.found.remove_mut(&(by, key.clone()));
        }
        self.rows.remove_mut(key)
    }

    /// The rows that are found by this, in the order of their numbers; `least` is no greater than any number.
    pub fn found(&self, by: V::By, least: K) -> impl Iterator<Item = &V> {
        let found = self.found.range((by.clone(), least)..);
        let found = found.take_while(move |((other, _), ())| *other == by);
        found.filter_map(|((_, key), ())| self.rows.get(key))
    }
}

impl<K: Ord + Clone, V: Row> Default for Table<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Ord + Clone, V: Row> Deref for Table<K, V> {
    type Target = Map<K, V>;

    fn deref(&self) -> &Self::Target {
        &self.rows
    }
}

impl<K: Ord + Clone, V: Row + PartialEq> PartialEq for Table<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.rows == other.rows
    }
}

impl<K: Ord + Clone, V: Row + Eq> Eq for Table<K, V> {}

impl<'t, K: Ord + Clone, V: Row> IntoIterator for &'t Table<K, V> {
    type Item = (&'t K, &'t V);
    type IntoIter = <&'t Map<K, V> as IntoIterator>::IntoIter;

    fn into_iter(self) -> Self::IntoIter {
        self.rows.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Eq)]
    struct Fruit(&'static str, Option<char>);

    impl Row for Fruit {
        type By = char;
        fn by(&self) -> Option<char> {
            self.1
        }
    }

    #[test]
    fn rows_are_found_by_what_they_are_now() {
        let mut table = Table::new();
        for (number, fruit) in [(3, Fruit("cherry", Some('r'))), (1, Fruit("apple", Some('r'))), (2, Fruit("kiwi", None))] {
            table.insert_mut(number, fruit);
        }
        let found = |table: &Table<i64, Fruit>, by| table.found(by, i64::MIN).map(|fruit| fruit.0).collect::<Vec<_>>();
        assert_eq!(found(&table, 'r'), ["apple", "cherry"]);
        table.insert_mut(1, Fruit("apple", Some('g')));
        table.insert_mut(2, Fruit("kiwi", Some('g')));
        assert_eq!((found(&table, 'r'), found(&table, 'g')), (vec!["cherry"], vec!["apple", "kiwi"]));
        assert!(table.remove_mut(&1) && !table.remove_mut(&1));
        table.insert_mut(2, Fruit("kiwi", None));
        assert_eq!((found(&table, 'g'), table.size()), (vec![], 2));
    }
}
