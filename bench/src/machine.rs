//! Where a run took place, for the report.

use std::fs;

use serde::Serialize;

/// The machine as its kernel describes it.
#[derive(Debug, Serialize)]
pub(crate) struct Machine {
    cpu: String,
    cores: usize,
    kernel: String,
    system: String,
    congestion_control: String,
    /// Over the last minute, before the run: above 0, others worked too.
    load_average: String,
}

impl Machine {
    /// Asks the kernel; what it does not say stays empty.
    pub(crate) fn describe() -> Self {
        let cpu = read("/proc/cpuinfo");
        Self {
            cpu: value(&cpu, "model name").trim_start_matches([':', ' ', '\t']).to_owned(),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            kernel: read("/proc/sys/kernel/osrelease"),
            system: value(&read("/etc/os-release"), "PRETTY_NAME=").trim_matches('"').to_owned(),
            congestion_control: read("/proc/sys/net/ipv4/tcp_congestion_control"),
            load_average: read("/proc/loadavg").split(' ').next().unwrap_or_default().to_owned(),
        }
    }

    /// One line for people.
    pub(crate) fn line(&self) -> String {
        let Self { cpu, cores, kernel, system, load_average, .. } = self;
        format!("{cpu}, {cores} cores, {system}, Linux {kernel}, load {load_average} before the run")
    }
}

fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default().trim().to_owned()
}

fn value<'a>(text: &'a str, name: &str) -> &'a str {
    text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().trim()
}
