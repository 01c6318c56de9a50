//! The wiring: the only place where configuration, store, desk, cycle, jobs and API meet.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use axum::Router;
use axum::serve::ListenerExt;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::clock::{Clock, monotonic};
use crate::config::{DaemonConfig, DatabaseUrl};
use crate::daemon::access_log::AccessLog;
use crate::daemon::adopt::{Sources, adopt};
use crate::daemon::coming::Coming;
use crate::daemon::desk::Desk;
use crate::daemon::forecast::{Forecast, Forecaster};
use crate::daemon::keeper::Keeper;
use crate::daemon::otherwise::Otherwise;
use crate::daemon::published::Published;
use crate::daemon::rescue::Rescuer;
use crate::daemon::run::Cycle;
use crate::daemon::schedule::CronJob;
use crate::daemon::search::Search;
use crate::daemon::ticks::{Job, Ticks, sweep};
use crate::daemon::worker::Worker;
use crate::daemon::{cycle, keeper, supervise};
use crate::domain::calendar::Zone;
use crate::domain::time::Timestamp;
use crate::domain::unit::Unit;
use crate::http::{self, Api};
use crate::notices::{Courier, Teller};
use crate::planner::Plan;
use crate::planner::told::moved;
use crate::store::{Access, Durability, Store};
use crate::telemetry;

/// How long requests under way may take once the daemon is told to stop.
const DRAIN: Duration = Duration::from_secs(4);
/// How long what was sent may stay untaken before a connection is closed, in milliseconds.
const UNTAKEN_MS: u32 = 30_000;
/// How long the writer, and then the database, may take after that: 5 s in all.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// A running daemon.
pub struct Daemon {
    /// Where the API answers.
    pub api: SocketAddr,
    /// The one writer.
    pub desk: Desk,
    /// The database.
    pub store: Store,
    /// The newest plan.
    pub plan: watch::Receiver<Arc<Published>>,
    /// How sure it is, or one before it.
    pub forecast: watch::Receiver<Arc<Forecast>>,
    clock: Clock,
    sources: Sources,
    stop: CancellationToken,
    writer: JoinHandle<()>,
    access_log: AccessLog,
    access_writer: JoinHandle<()>,
    server: JoinHandle<Result<()>>,
    tasks: JoinSet<Result<()>>,
}

/// The database URL as the store takes it.
pub fn database_url(config: &DaemonConfig) -> Result<String> {
    Ok(match config.database.url.clone().read(&config.state.dir)? {
        DatabaseUrl::Sqlite(path) => format!("sqlite:{}", path.display()),
        DatabaseUrl::Postgres(url) => url.reveal().to_owned(),
        DatabaseUrl::InFile(path) => return Err(anyhow!("{}: names another file instead of a database", path.display())),
    })
}

impl Daemon {
    /// Opens the database, loads, adopts newer files, records what was missed, plans once, and answers.
    pub async fn start(config: &DaemonConfig, clock: Clock, metrics: Option<PrometheusHandle>) -> Result<Self> {
        let listener = TcpListener::bind(config.http.listen).await.with_context(|| {
            format!("http.listen: can't listen on {}: is the port taken by another daemon?", config.http.listen)
        })?;
        // Before anything is said to be ready: a service manager would be told, and then left without a daemon.
        let metrics = match metrics {
            Some(handle) => Some((telemetry::listen_for_metrics(config.metrics.listen).await?, handle)),
            None => None,
        };
        let store =
            Store::open(&database_url(config)?, config.database.max_connections, Access::Serve(Durability::Require)).await?;
        let unit = store.load().await.context("loading the queue")?;
        let (_, chain) = store.head().await.context("reading where the ledger ends")?;
        let (desk, writer) = Desk::open(store.clone(), clock.clone(), unit, chain);
        let writer = tokio::spawn(writer);
        let sources = Sources {
            unit: config.files.unit.clone(),
            policy: config.files.policy.clone(),
            bank_holidays: config.files.bank_holidays.clone(),
            roster: config.files.roster.clone(),
        };
        adopt(&desk, &sources, clock.now()).await?;
        sweep(&desk, clock.now()).await.map_err(|cause| anyhow!("recording what was missed while stopped: {cause}"))?;

        let planner = Worker::start("planner").context("starting a thread for plans")?;
        let told = keeper::told(&store).await;
        let (plans, plan) = watch::channel(first_plan(desk.unit(), told, &clock, &planner).await?);
        let (forecasts, forecast) = watch::channel(Arc::default());
        let (rescues_by, rescues) = watch::channel(Arc::default());
        let (turned, last_cycle) = watch::channel(Some(monotonic()));
        let stop = CancellationToken::new();
        let (access_log, access_writer) = AccessLog::open(store.clone());
        let access_writer = tokio::spawn(access_writer);
        let api = Api {
            desk: desk.clone(),
            store: store.clone(),
            plan: plan.clone(),
            forecast: forecast.clone(),
            rescues,
            otherwise: Otherwise::on(Worker::start_aside("otherwise").context("starting a thread for counterfactuals")?),
            clock: clock.clone(),
            body_limit: config.http.body_limit,
            access_log: access_log.clone(),
            limits: config.limits,
            stop: stop.clone(),
            last_cycle: last_cycle.clone(),
        };
        let mut tasks = JoinSet::new();
        let address = listener.local_addr().context("reading the API's address")?;
        if let Some((listener, handle)) = metrics {
            let loopback = config.metrics.listen.ip().is_loopback();
            let app = Router::new().route("/metrics", http::scrape::metrics(api.clone(), handle, loopback));
            tasks.spawn(async move { axum::serve(listener, app).await.context("serving metrics") });
        }
        let noticing = api.clone();
        let server = tokio::spawn(serve(listener, http::router(api), stop.clone()));

        let (tick, settle) = (config.cycle.tick, config.cycle.settle);
        let (sought_by, sought) = watch::channel(None);
        let checker = Worker::start("checker").context("starting a thread for the check of plans")?;
        let cycle = Cycle { desk: desk.clone(), clock: clock.clone(), planner, checker, tick, settle, plans, sought, turned };
        tasks.spawn(async move { cycle.run().await.context("the cycle") });
        let aside = Worker::start_aside("aside").context("starting a thread for forecasts")?;
        let search = Search { plans: plan.clone(), sought: sought_by, clock: clock.clone(), aside: aside.clone() };
        tasks.spawn(async move {
            search.run().await;
            Ok(())
        });
        let coming = Some(Coming::of(store.clone()));
        let forecaster = Forecaster { plans: plan.clone(), forecasts, coming, aside: aside.clone() };
        tasks.spawn(async move {
            forecaster.run().await;
            Ok(())
        });
        let keeper = Keeper { plans: plan.clone(), store: store.clone(), aside: aside.clone() };
        tasks.spawn(async move {
            keeper.run().await;
            Ok(())
        });
        spawn_notices(&mut tasks, config, &noticing, &aside)?;
        let rescuer = Rescuer { plans: plan.clone(), rescues: rescues_by, aside };
        tasks.spawn(async move {
            rescuer.run().await;
            Ok(())
        });
        spawn_jobs(&mut tasks, config, &desk, &store, &clock);
        let alive = move || {
            last_cycle.borrow().is_some_and(|at: Instant| monotonic().duration_since(at) < 10 * tick.max(Duration::from_secs(1)))
        };
        tasks.spawn(async move {
            supervise::pet_watchdog(alive).await;
            Ok(())
        });
        let open = desk.unit().submissions.size();
        supervise::ready(&format!("{open} submissions open; API on {address}"));
        tracing::info!(%address, open, seq = desk.unit().seq, "ready");
        Ok(Self {
            api: address,
            desk,
            store,
            plan,
            forecast,
            clock,
            sources,
            stop,
            writer,
            access_log,
            access_writer,
            server,
            tasks,
        })
    }

    /// What time the daemon's clock shows.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Reads the unit's files again and adopts newer ones. What was adopted rules on where they have mistakes.
    pub async fn reload(&self) {
        supervise::reloading();
        let status = match adopt(&self.desk, &self.sources, self.clock.now()).await {
            Ok(()) => {
                tracing::info!("files read again");
                "files read again"
            }
            Err(cause) => {
                tracing::error!("files not adopted; what was adopted before rules on: {:#}", anyhow::Error::from(cause));
                "files not adopted; what was adopted before rules on; the log says why"
            }
        };
        supervise::ready(status);
    }

    /// Waits for a part that ends by itself, which none should.
    pub async fn failed(&mut self) -> anyhow::Error {
        let ended = tokio::select! {
            Some(task) = self.tasks.join_next() => task,
            server = &mut self.server => server,
            writer = &mut self.writer => writer.map(|()| Err(anyhow!("the writer ended"))),
            writer = &mut self.access_writer => writer.map(|()| Err(anyhow!("the writer of the access log ended"))),
        };
        match ended {
            Ok(Ok(())) => anyhow!("a part of the daemon ended"),
            Ok(Err(cause)) => cause,
            Err(panic) => anyhow!("a part of the daemon panicked: {panic}"),
        }
    }

    /// Takes no more requests, finishes those under way, commits what is decided, closes the database: 5 s at most.
    pub async fn stop(mut self) -> Result<()> {
        supervise::stopping();
        self.stop.cancel();
        if !self.server.is_finished() && tokio::time::timeout(DRAIN, &mut self.server).await.is_err() {
            tracing::warn!("some requests took longer than {DRAIN:?} and were cut off; what was acknowledged is on disk");
            self.server.abort();
        }
        if !matches!(tokio::time::timeout(LAST_WORDS, self.access_log.flush()).await, Ok(Ok(()))) {
            tracing::error!("the access log did not take its last lines: who read what in the last second is not on record");
        }
        self.tasks.shutdown().await;
        drop(self.desk);
        if !self.writer.is_finished() {
            // A request that hangs holds a handle for ever, and what it asks for is acknowledged to nobody.
            let _ = tokio::time::timeout(LAST_WORDS, &mut self.writer).await;
        }
        let newest = Arc::clone(&self.plan.borrow());
        if !matches!(tokio::time::timeout(LAST_WORDS, keeper::keep_now(&self.store, &newest)).await, Ok(Ok(_))) {
            tracing::warn!("what people were told last is not kept: the next start may move some of it");
        }
        if tokio::time::timeout(LAST_WORDS, self.store.close()).await.is_err() {
            tracing::warn!("the database did not close in time; what was acknowledged is on disk");
        }
        tracing::info!("stopped");
        Ok(())
    }
}

/// The plan to begin with, which goes on as people were `told`.
async fn first_plan(unit: Unit, told: Option<Plan>, clock: &Clock, planner: &Worker) -> Result<Arc<Published>> {
    let now = clock.now();
    let planned = planner.run(move || {
        let plan = cycle::resume(&unit, now, told.as_ref());
        if let Some(told) = told {
            let moved = moved(&told, &plan);
            tracing::info!(told_at = %told.now, steps = told.steps.len(), moved, "going on as people were told");
        }
        Published::first(unit, plan, now)
    });
    Ok(Arc::new(planned.await.context("making the first plan")?))
}

async fn serve(listener: TcpListener, router: Router, stop: CancellationToken) -> Result<()> {
    // Whoever does not take what they are sent is let go by the kernel: a stream holds nothing for a reader who is gone.
    let listener = listener.tap_io(|connection| {
        if let Err(cause) = rustix::net::sockopt::set_tcp_user_timeout(&*connection, UNTAKEN_MS) {
            tracing::debug!(%cause, "a connection without a limit to what it may leave untaken");
        }
    });
    axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned()).await.context("serving the API")
}

/// Those who tell and deliver, where somebody is to be told.
fn spawn_notices(tasks: &mut JoinSet<Result<()>>, config: &DaemonConfig, api: &Api, aside: &Worker) -> Result<()> {
    if config.notices.recipients.is_empty() {
        return Ok(());
    }
    let notices = Arc::new(config.notices.clone());
    let (told_by, told) = watch::channel(());
    // Whoever is told is told where the configuration says, not where they would rather be.
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build();
    let client = client.context("making ready to send notices")?;
    let courier = Courier { store: api.store.clone(), clock: api.clock.clone(), notices: Arc::clone(&notices), client, told };
    let teller = Teller { api: api.clone(), recipients: notices.recipients.clone().into(), aside: aside.clone(), told: told_by };
    tracing::info!(recipients = notices.recipients.len(), "notices are sent");
    tasks.spawn(async move {
        teller.run().await;
        Ok(())
    });
    tasks.spawn(async move {
        courier.run().await;
        Ok(())
    });
    Ok(())
}

fn spawn_jobs(tasks: &mut JoinSet<Result<()>>, config: &DaemonConfig, desk: &Desk, store: &Store, clock: &Clock) {
    let zone = Zone { time_zone: config.jobs.time_zone, holidays: Default::default() };
    let (desk, store, clock) = (desk.clone(), store.clone(), clock.clone());
    let ticks = Ticks {
        desk,
        store,
        clock,
        zone,
        keep_replies: config.retention.idempotency,
        keep_access: config.retention.access_log,
        keep_sealed: config.retention.sealed,
    };
    let jobs = [
        (Job::BreachSweep, &config.jobs.breach_sweep),
        (Job::LedgerDigest, &config.jobs.ledger_digest),
        (Job::Retention, &config.jobs.retention),
    ];
    for (job, cron) in jobs {
        let (ticks, cron) = (ticks.clone(), CronJob::new(cron.0.clone()));
        tasks.spawn(async move { ticks.run(job, cron).await.with_context(|| format!("the job {}", job.name())) });
    }
}
