//! The programs that are measured: started on one core, looked at through `/proc`, ended whatever
//! happens.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use nix::sched::{CpuSet, sched_setaffinity};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tokio::signal::unix::{SignalKind, signal};

use crate::clock;

/// How long a program may take to say that it is ready.
const READY_WITHIN: Duration = Duration::from_secs(60);
/// How long a program may take to end when it is asked to.
const END_WITHIN: Duration = Duration::from_secs(5);
/// The kernel's unit of CPU time in `/proc/<pid>/stat`: 100 a second on every Linux there is.
const TICK: Duration = Duration::from_millis(10);
/// User and system time of two processes are each cut off to a tick.
const TICK_ERROR: Duration = Duration::from_millis(40);

/// Works until done or interrupted; whatever the work holds is dropped either way.
pub(crate) async fn unless_interrupted<T>(
    work: impl Future<Output = anyhow::Result<T>>,
) -> anyhow::Result<T> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        result = work => result,
        _ = interrupt.recv() => bail!("interrupted"),
        _ = terminate.recv() => bail!("asked to end"),
    }
}

/// Fails unless there is a core for the proxies and another for the load.
pub(crate) fn check_cores(proxy: usize, load: usize) -> anyhow::Result<()> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    ensure!(proxy.max(load) < cores, "this needs two cores; {cores} can be used");
    ensure!(proxy != load, "the proxies and the load generator need a core each");
    Ok(())
}

/// Keeps this program, and whatever it starts without another core, on one core.
pub(crate) fn stay_on(core: usize) -> anyhow::Result<()> {
    let mut cores = CpuSet::new();
    cores.set(core)?;
    Ok(sched_setaffinity(Pid::from_raw(0), &cores)?)
}

/// A command that runs on one core only and does not outlive this program.
pub(crate) fn on_core(core: usize, program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "TERM", "taskset", "--cpu-list"]).arg(core.to_string()).arg(program);
    command
}

/// A running program with its children; ended when dropped.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    output: PathBuf,
}

impl Server {
    /// Starts it in a process group of its own, with what it prints in `<folder>/<name>.log`.
    pub(crate) fn start(mut command: Command, name: &str, folder: &Path) -> anyhow::Result<Self> {
        let output = folder.join(format!("{name}.log"));
        let log = File::create(&output)?;
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let child = command.spawn().with_context(|| format!("cannot start {name}"))?;
        Ok(Self { child, output })
    }

    /// Waits until it has printed a line `ready`, and gives all that it has printed.
    pub(crate) async fn ready(&mut self) -> anyhow::Result<String> {
        let start = clock::now();
        loop {
            let printed = fs::read_to_string(&self.output)?;
            if printed.lines().any(|line| line == "ready") {
                return Ok(printed);
            }
            self.alive()?;
            if clock::now() - start > READY_WITHIN {
                bail!("it was not ready after {READY_WITHIN:?}; it printed:\n{printed}");
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// Fails with what it has printed if it has ended.
    pub(crate) fn alive(&mut self) -> anyhow::Result<()> {
        if let Some(status) = self.child.try_wait()? {
            let printed = fs::read_to_string(&self.output)?;
            bail!("it ended with {status}; it printed:\n{printed}");
        }
        Ok(())
    }

    /// What it and its children have used until now, and the memory that they hold.
    pub(crate) fn usage(&self) -> anyhow::Result<Usage> {
        let mut usage = Usage::default();
        for pid in members(self.child.id())? {
            usage.add(pid)?;
        }
        Ok(usage)
    }

    fn group(&self) -> Option<Pid> {
        i32::try_from(self.child.id()).ok().map(Pid::from_raw)
    }

    /// Asks it to end, and insists after a while.
    fn end(&mut self) {
        let Some(group) = self.group() else { return };
        let _ = killpg(group, Signal::SIGTERM);
        let start = clock::now();
        while matches!(self.child.try_wait(), Ok(None)) && clock::now() - start < END_WITHIN {
            std::thread::sleep(Duration::from_millis(5));
        }
        // Whatever is left of the group, children included.
        let _ = killpg(group, Signal::SIGKILL);
        drop(self.child.wait());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}

/// Lets this program open as many files as it may.
pub(crate) fn raise_files() -> anyhow::Result<()> {
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE)?;
    Ok(setrlimit(Resource::RLIMIT_NOFILE, most, most)?)
}

/// What a program with its children has used.
#[derive(Debug, Default)]
pub(crate) struct Usage {
    /// Nanoseconds on a CPU by thread, from the scheduler.
    threads: BTreeMap<u32, u64>,
    /// Ticks in user mode, threads that have ended included.
    user_ticks: u64,
    /// Ticks in the kernel, threads that have ended included.
    system_ticks: u64,
    /// Memory in use; pages that processes share count for each of them.
    pub(crate) rss_bytes: u64,
}

/// What was used between two looks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Used {
    /// Time on a CPU.
    pub(crate) cpu: Duration,
    /// The share of it in user mode.
    pub(crate) user_share: f64,
}

impl Usage {
    fn add(&mut self, pid: u32) -> anyhow::Result<()> {
        let folder = PathBuf::from(format!("/proc/{pid}"));
        for task in fs::read_dir(folder.join("task"))? {
            let task = task?;
            // A thread may end between the listing and the look.
            let Ok(schedule) = fs::read_to_string(task.path().join("schedstat")) else { continue };
            let thread = task.file_name().to_string_lossy().parse()?;
            self.threads.insert(thread, field(&schedule, 0)?);
        }
        let stat = fs::read_to_string(folder.join("stat"))?;
        let stat = after_name(&stat);
        self.user_ticks += field(stat, 11)?;
        self.system_ticks += field(stat, 12)?;
        let status = fs::read_to_string(folder.join("status"))?;
        let rss = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or("0");
        self.rss_bytes += field(rss, 0)? * 1024;
        Ok(())
    }

    /// What was used since an earlier look: exact to the nanosecond, unless threads have ended in
    /// between and taken their count with them; then to the tick.
    pub(crate) fn since(&self, earlier: &Self) -> Used {
        let user = self.user_ticks.saturating_sub(earlier.user_ticks);
        let ticks = user + self.system_ticks.saturating_sub(earlier.system_ticks);
        let by_ticks = TICK.saturating_mul(u32::try_from(ticks).unwrap_or(u32::MAX));
        let before = |thread| earlier.threads.get(thread).copied().unwrap_or(0);
        let spent = self.threads.iter().map(|(thread, now)| now.saturating_sub(before(thread)));
        let by_threads = Duration::from_nanos(spent.sum());
        let cpu = if by_ticks > by_threads + TICK_ERROR { by_ticks } else { by_threads };
        Used { cpu, user_share: user as f64 / ticks.max(1) as f64 }
    }
}

/// What this program has used of its core.
pub(crate) fn own_cpu() -> anyhow::Result<Duration> {
    let mut usage = Usage::default();
    usage.add(std::process::id())?;
    Ok(usage.since(&Usage::default()).cpu)
}

/// How long a core was not idle since the machine started, time taken by the host included.
pub(crate) fn busy(core: usize) -> anyhow::Result<Duration> {
    let stat = fs::read_to_string("/proc/stat")?;
    let name = format!("cpu{core} ");
    let line = stat.lines().find_map(|line| line.strip_prefix(&name));
    let line = line.with_context(|| format!("there is no core {core}"))?;
    // user, nice, system; idle and waiting for a disk are not busy; irq, softirq, steal.
    let ticks: u64 = [0, 1, 2, 5, 6, 7].iter().filter_map(|&n| field(line, n).ok()).sum();
    Ok(TICK.saturating_mul(u32::try_from(ticks).unwrap_or(u32::MAX)))
}

/// The processes of a group. Neither a parent's list of children nor its group can be asked for
/// everywhere, so this looks at all processes.
fn members(group: u32) -> anyhow::Result<Vec<u32>> {
    let mut members = Vec::new();
    for entry in fs::read_dir("/proc")? {
        let entry = entry?;
        let Ok(pid) = entry.file_name().to_string_lossy().parse::<u32>() else { continue };
        let Ok(stat) = fs::read_to_string(entry.path().join("stat")) else { continue };
        let stat = after_name(&stat);
        if field(stat, 2)? == u64::from(group) && !stat.starts_with('Z') {
            members.push(pid);
        }
    }
    if members.is_empty() {
        bail!("process {group} has ended");
    }
    Ok(members)
}

/// The fields of `/proc/<pid>/stat` behind the program's name, which may hold anything.
fn after_name(stat: &str) -> &str {
    stat.rsplit_once(") ").map_or("", |(_, fields)| fields)
}

fn field(text: &str, number: usize) -> anyhow::Result<u64> {
    let field = text.split_whitespace().nth(number).context("a file in /proc has another form")?;
    field.parse().with_context(|| format!("`{field}` in /proc is not a number"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usage(threads: &[(u32, u64)], user_ticks: u64, system_ticks: u64) -> Usage {
        Usage { threads: threads.iter().copied().collect(), user_ticks, system_ticks, rss_bytes: 0 }
    }

    #[test]
    fn threads_that_begin_count_from_their_beginning() {
        let used = usage(&[(1, 500), (2, 70)], 3, 1).since(&usage(&[(1, 400)], 0, 0));
        assert_eq!(used.cpu, Duration::from_nanos(170));
        assert!((used.user_share - 0.75).abs() < 1e-9);
    }

    #[test]
    fn what_threads_that_have_ended_used_is_taken_from_the_ticks() {
        let used = usage(&[(1, 500)], 30, 10).since(&usage(&[(1, 400), (2, 70)], 0, 0));
        assert_eq!(used.cpu, TICK * 40);
    }

    #[test]
    fn a_process_name_may_hold_brackets_and_blanks() {
        assert_eq!(after_name("12 (a) b (c) S 1 2"), "S 1 2");
    }
}
