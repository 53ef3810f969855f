//! The load generator: so many connections from one thread, each of which sends its next request
//! when it has read the last answer to its end, or at a fixed rate.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::{Command, Output};
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::http::{Body, HEAD_MAX_BYTES, Head, status};
use crate::pace::Pace;
use crate::random::Random;
use crate::scenario::{self, Scenario};
use crate::target::Target;
use crate::{clock, console, pace, process, statistics};

/// How long an answer may still take when the time is up.
const GRACE: Duration = Duration::from_secs(5);

/// Sends requests to one address and prints what came back as JSON, also when it is asked to end early
/// (SIGTERM).
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Whom to call.
    #[arg(long)]
    address: SocketAddr,
    /// What to call: for example get1k; a wrong name is answered with all.
    #[arg(long, value_parser = scenario::named, default_value = "get1k")]
    scenario: &'static Scenario,
    /// What the path begins with at this address.
    #[arg(long, default_value = "")]
    prefix: String,
    /// A file of tokens, one a line, that are sent in random order.
    #[arg(long)]
    tokens: Option<PathBuf>,
    /// How many calls a second; as the scenario says unless given.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    rate: Option<u32>,
    /// For how long.
    #[arg(long, default_value_t = 2.0)]
    seconds: f64,
    /// The same seed sends the tokens in the same order.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// A load generator of its own, on this core.
pub(crate) fn command(
    core: usize,
    target: &Target,
    scenario: &Scenario,
    seconds: f64,
) -> anyhow::Result<Command> {
    let mut command = process::on_core(core, std::env::current_exe()?);
    command.args(["load", "--scenario", scenario.name, "--prefix", &target.prefix]);
    command.args(["--address", &target.address.to_string(), "--seconds", &seconds.to_string()]);
    if let Some(tokens) = target.credentials(scenario) {
        command.arg("--tokens").arg(tokens);
    }
    Ok(command)
}

/// So many connections that have made a call of a scenario and now are only open, until they are dropped.
pub(crate) async fn hold(
    target: &Target,
    scenario: &'static Scenario,
    count: usize,
    seed: u64,
) -> anyhow::Result<Vec<TcpStream>> {
    let arguments = Arguments {
        address: target.address,
        scenario,
        prefix: target.prefix.clone(),
        tokens: target.credentials(scenario).map(PathBuf::from),
        rate: None,
        seconds: 0.0,
        seed,
    };
    let (_sender, end) = watch::channel(clock::now());
    let plan = Rc::new(Plan::make(&arguments, end)?);
    let mut random = Random::new(seed);
    let mut held = Vec::with_capacity(count);
    for _ in 0..count {
        let mut open = None;
        let mut caller = Caller::new(Rc::clone(&plan), None, Random::new(random.next()));
        let status = caller.exchange(&mut open).await?;
        ensure!((200..300).contains(&status), "a connection that was to be idle was answered {status}");
        held.extend(open);
    }
    Ok(held)
}

/// What a load generator of its own says.
pub(crate) fn tally(output: &Output) -> anyhow::Result<Tally> {
    let complaint = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "the load generator ended with {}: {complaint}", output.status);
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// What came back.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Tally {
    /// Answers with a 2xx status and a body of the expected length.
    pub(crate) good: u64,
    /// Other answers by status.
    pub(crate) refused: BTreeMap<u16, u64>,
    /// Calls without a whole answer: connection refused, closed early, too late, malformed.
    pub(crate) faults: u64,
    /// What went wrong first, in words.
    pub(crate) first_fault: Option<String>,
    /// From the first connection to the last answer.
    pub(crate) seconds: f64,
    /// What the generator itself used of its core.
    pub(crate) generator_cpu_seconds: f64,
    /// Half of the good answers came faster.
    pub(crate) p50_us: f64,
    /// 99 of 100 good answers came faster.
    pub(crate) p99_us: f64,
    /// 999 of 1,000 good answers came faster.
    pub(crate) p999_us: f64,
    /// Nanoseconds of each good call.
    #[serde(skip)]
    latencies: Vec<u64>,
}

impl Tally {
    /// Whole answers, whatever their status.
    pub(crate) fn answers(&self) -> u64 {
        self.good + self.refused.values().sum::<u64>()
    }

    /// Whatever did not end in a good answer.
    pub(crate) fn failures(&self) -> u64 {
        self.faults + self.refused.values().sum::<u64>()
    }

    fn fault(&mut self, error: &anyhow::Error) {
        self.faults += 1;
        self.first_fault.get_or_insert_with(|| format!("{error:#}"));
    }

    fn add(&mut self, other: Self) {
        self.good += other.good;
        self.faults += other.faults;
        self.latencies.extend(other.latencies);
        for (status, count) in other.refused {
            *self.refused.entry(status).or_default() += count;
        }
        self.first_fault = self.first_fault.take().or(other.first_fault);
    }

    fn close(&mut self, elapsed: Duration) -> anyhow::Result<()> {
        self.latencies.sort_unstable();
        let percentile_us = |p| statistics::permille(&self.latencies, p) as f64 / 1000.0;
        [self.p50_us, self.p99_us, self.p999_us] = [500, 990, 999].map(percentile_us);
        self.seconds = elapsed.as_secs_f64();
        self.generator_cpu_seconds = process::own_cpu()?.as_secs_f64();
        Ok(())
    }
}

/// Sends and prints.
pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let start = clock::now();
    let mut asked_to_end = signal(SignalKind::terminate())?;
    let planned = start + Duration::try_from_secs_f64(arguments.seconds).context("--seconds")?;
    let (sender, end) = watch::channel(planned);
    let plan = Rc::new(Plan::make(&arguments, end)?);
    let mut random = Random::new(arguments.seed);
    let mut tally = Tally::default();
    tokio::task::LocalSet::new()
        .run_until(async {
            tokio::task::spawn_local(async move {
                asked_to_end.recv().await;
                sender.send_replace(clock::now());
            });
            let Scenario { connections, rate, .. } = *arguments.scenario;
            let rate = arguments.rate.or(rate);
            let paces = rate.map(|rate| pace::share(rate, start, connections)).unwrap_or_default();
            let paces = paces.into_iter().map(Some).chain(std::iter::repeat_with(|| None));
            let callers: Vec<_> = paces
                .take(connections)
                .map(|pace| Caller::new(Rc::clone(&plan), pace, Random::new(random.next())))
                .map(|caller| tokio::task::spawn_local(caller.call_until_the_end()))
                .collect();
            for caller in callers {
                tally.add(caller.await?);
            }
            anyhow::Ok(())
        })
        .await?;
    tally.close(clock::now() - start)?;
    console::print(serde_json::to_string(&tally)?);
    Ok(())
}

/// What every caller sends: `before`, a token, `after`.
struct Plan {
    scenario: &'static Scenario,
    address: SocketAddr,
    end: watch::Receiver<Instant>,
    before: String,
    tokens: Vec<String>,
    after: String,
}

impl Plan {
    fn make(arguments: &Arguments, end: watch::Receiver<Instant>) -> anyhow::Result<Self> {
        let Arguments { address, scenario, prefix, .. } = arguments;
        let tokens = match &arguments.tokens {
            Some(path) => std::fs::read_to_string(path)
                .with_context(|| format!("cannot read {}", path.display()))?
                .lines()
                .map(str::to_owned)
                .collect(),
            None => Vec::new(),
        };
        let mut before = format!(
            "{} {prefix}{} HTTP/1.1\r\nHost: {address}\r\nUser-Agent: bench\r\nAccept: application/json\r\n",
            scenario.method, scenario.path
        );
        if scenario.body_bytes > 0 {
            before += &format!(
                "Content-Type: application/octet-stream\r\nContent-Length: {}\r\n",
                scenario.body_bytes
            );
        }
        if scenario.reconnects {
            before += "Connection: close\r\n";
        }
        let mut after = "\r\n".to_owned();
        if !tokens.is_empty() {
            before += scenario.credential.header();
            after += "\r\n";
        }
        after += &"x".repeat(scenario.body_bytes);
        Ok(Self { scenario, address: *address, end, before, tokens, after })
    }

    /// Comes when an answer is no longer waited for.
    async fn grace_is_over(&self) {
        let mut end = self.end.clone();
        loop {
            let last = tokio::time::Instant::from_std(*end.borrow_and_update() + GRACE);
            tokio::select! {
                () = tokio::time::sleep_until(last) => return,
                Ok(()) = end.changed() => {}
            }
        }
    }

    fn write_request(&self, random: &mut Random, request: &mut Vec<u8>) {
        request.clear();
        request.extend_from_slice(self.before.as_bytes());
        if !self.tokens.is_empty() {
            request.extend_from_slice(self.tokens[random.below(self.tokens.len())].as_bytes());
        }
        request.extend_from_slice(self.after.as_bytes());
    }

    /// A new connection. Where each call opens one, they come from many loopback addresses, so that
    /// none has to wait for the port of an earlier one.
    async fn connect(&self, random: &mut Random) -> anyhow::Result<TcpStream> {
        let socket = TcpSocket::new_v4()?;
        if self.scenario.reconnects {
            let host = u8::try_from(random.below(250)).expect("it is below 250") + 2;
            socket.bind((Ipv4Addr::new(127, 0, 1, host), 0).into())?;
        }
        let stream = socket.connect(self.address).await.context("cannot connect")?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }
}

/// One connection's worth of load.
struct Caller {
    plan: Rc<Plan>,
    pace: Option<Pace>,
    random: Random,
    request: Vec<u8>,
    answer: Vec<u8>,
    tally: Tally,
}

impl Caller {
    fn new(plan: Rc<Plan>, pace: Option<Pace>, random: Random) -> Self {
        let (request, answer) = (Vec::new(), vec![0; 4 * HEAD_MAX_BYTES]);
        Self { plan, pace, random, request, answer, tally: Tally::default() }
    }

    async fn call_until_the_end(mut self) -> Tally {
        let plan = Rc::clone(&self.plan);
        let in_time = tokio::select! {
            () = self.call() => true,
            () = plan.grace_is_over() => false,
        };
        if !in_time {
            self.tally.fault(&anyhow::anyhow!("no whole answer {GRACE:?} after the end"));
        }
        self.tally
    }

    async fn call(&mut self) {
        let mut open = None;
        while let Some(start) = self.next_start().await {
            match self.exchange(&mut open).await {
                Ok(200..300) => {
                    self.tally.good += 1;
                    self.tally.latencies.push(nanoseconds(clock::now() - start));
                }
                Ok(status) => *self.tally.refused.entry(status).or_default() += 1,
                Err(error) => {
                    open = None;
                    self.tally.fault(&error);
                    // A target that is gone must not turn into a busy loop.
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            }
        }
    }

    /// When the next call begins, or was to begin; `None` when the time is up.
    async fn next_start(&mut self) -> Option<Instant> {
        let start = match &mut self.pace {
            Some(pace) => pace.recv().await?,
            None => clock::now(),
        };
        (start < *self.plan.end.borrow()).then_some(start)
    }

    /// One request and its answer over the open connection or a new one; gives the status.
    async fn exchange(&mut self, open: &mut Option<TcpStream>) -> anyhow::Result<u16> {
        self.plan.write_request(&mut self.random, &mut self.request);
        let mut stream = match open.take() {
            Some(stream) => stream,
            None => self.plan.connect(&mut self.random).await?,
        };
        stream.write_all(&self.request).await.context("cannot send")?;
        let (head, status) = self.read(&mut stream).await?;
        if !head.closes && !self.plan.scenario.reconnects {
            *open = Some(stream);
        }
        Ok(status)
    }

    async fn read(&mut self, stream: &mut TcpStream) -> anyhow::Result<(Head, u16)> {
        let mut filled = 0;
        let head = loop {
            let searched = filled;
            filled += some(stream.read(&mut self.answer[filled..]).await?)?;
            if let Some(head) = Head::read(&self.answer[..filled], searched) {
                break head;
            }
        };
        let status = status(&self.answer);
        let Body::Sized(size) = head.body else { bail!("an answer came in chunks") };
        if (200..300).contains(&status) && size != self.plan.scenario.answer_bytes {
            bail!("an answer has {size} bytes, not {}", self.plan.scenario.answer_bytes);
        }
        let mut read = filled;
        while read < head.size_bytes + size {
            read += some(stream.read(&mut self.answer).await?)?;
        }
        if read > head.size_bytes + size {
            bail!("more came than was announced");
        }
        Ok((head, status))
    }
}

/// `read` gives 0 when the peer is gone, or when a head is too long for the buffer.
fn some(read: usize) -> anyhow::Result<usize> {
    if read == 0 {
        bail!("an answer ended early");
    }
    Ok(read)
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
