//! Structured logs and Prometheus metrics. No reference of a case ever becomes a label or a log field.

use std::io::IsTerminal;
use std::net::SocketAddr;

use anyhow::{Context, Result};
use metrics::{describe_counter, describe_gauge, describe_histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

use crate::config::LogFormat;

/// Starts logging to standard error; `level` is a level or a filter like `info,sqlx=warn`.
pub fn start_logs(format: LogFormat, level: &str) -> Result<()> {
    let filter =
        EnvFilter::try_new(level).with_context(|| format!("log.level: {level:?} is no log filter; write one like info"))?;
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let logs = logs.with_ansi(std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none());
    let started = match format {
        LogFormat::Text => logs.with_target(false).try_init(),
        LogFormat::Json => logs.json().flatten_event(true).try_init(),
    };
    started.map_err(|cause| anyhow::anyhow!("starting the log: {cause}"))
}

/// Installs the metrics recorder and describes what is recorded. The listener is the app's.
pub fn start_metrics() -> Result<PrometheusHandle> {
    // Seconds: from one durable write to a plan of a large queue.
    const BUCKETS: [f64; 12] = [0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".into()), &BUCKETS)
        .context("setting histogram buckets")?
        .install_recorder()
        .context("installing the metrics recorder")?;
    describe();
    Ok(handle)
}

fn describe() {
    describe_counter!("dfqueue_commands_total", "Commands decided, by outcome (accepted, refused, failed).");
    describe_gauge!(
        "dfqueue_data_quality",
        "Open submissions in whose record something is missing, contradictory or suspicious, by finding."
    );
    describe_gauge!("dfqueue_roster_ignored", "1 where the roster is missing or has mistakes, and the one before rules on.");
    describe_gauge!("dfqueue_messages", "Messages to those who are told without asking, by state (pending, dead).");
    describe_counter!("dfqueue_deliveries_total", "Attempts to deliver a message, by outcome (sent, failed, dead).");
    describe_histogram!("dfqueue_commit_seconds", "Time of one grouped commit to the ledger.");
    describe_histogram!("dfqueue_plan_seconds", "Time of making one plan of everything open.");
    describe_histogram!("dfqueue_check_seconds", "Time of the independent check of one plan, and of what follows from it.");
    describe_histogram!("dfqueue_rescue_seconds", "Time of working out what could be done about one promise.");
    describe_gauge!(
        "dfqueue_forecast_breaches_with_a_remedy",
        "Promises of tiers 0 to 2 that will be missed, and for which something is known that keeps them."
    );
    describe_gauge!(
        "dfqueue_forecast_breaches_without_a_remedy",
        "Promises of tiers 0 to 2 that will be missed, and that nothing is known to keep."
    );
    describe_histogram!("dfqueue_forecast_seconds", "Time of working out how sure one plan is.");
    describe_counter!(
        "dfqueue_plan_violations_total",
        "Violations found by the independent check; such plans are not dispatched."
    );
    describe_gauge!("dfqueue_ledger_seq", "Last entry of the ledger.");
    describe_gauge!("dfqueue_plan_age_seconds", "Age of the published plan.");
    describe_gauge!("dfqueue_open_submissions", "Open submissions, by tier.");
    describe_gauge!("dfqueue_waiting_stages", "Stages without a place, by first waiting reason.");
    describe_gauge!("dfqueue_breaches", "Breaches of open submissions, by promise and state (forecast, open).");
    describe_counter!(
        "dfqueue_latest_starts_passed_total",
        "Victims' phones that passed their latest start with nothing begun, by promise."
    );
    describe_counter!(
        "dfqueue_told_starts_moved_total",
        "Starts of stages that one plan told and the next moved by more than a quarter of an hour."
    );
    describe_gauge!(
        "dfqueue_promises_at_risk",
        "Promises not yet due that are as likely to be missed as the policy's at_risk, or more, by promise."
    );
    describe_gauge!("dfqueue_late_milestones", "Milestones the plan reaches late, by tier of their promise.");
    describe_counter!("dfqueue_jobs_total", "Cron jobs run, by job and outcome.");
    describe_counter!("dfqueue_http_requests_total", "HTTP requests, by route and status.");
    describe_histogram!("dfqueue_http_request_seconds", "Time of one HTTP request, by route.");
}

/// Where the metrics will be served.
pub async fn listen_for_metrics(listen: SocketAddr) -> Result<TcpListener> {
    let taken = || format!("metrics.listen: can't listen on {listen}: is the port taken by another daemon?");
    TcpListener::bind(listen).await.with_context(taken)
}
