//! Pages as people see them: in a real Chromium, light and dark, narrow and wide.

mod console;
mod gallery;
mod people;
mod portal;

use std::path::PathBuf;
use std::process::Stdio;

use serde_json::Value;
use tempfile::TempDir;
use thirtyfour::prelude::*;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::world::PATIENCE;

/// What Chromium is told to leave alone, and what it needs where it runs as root.
const FLAGS: [&str; 9] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
];

/// A browser of its own, with nothing in it.
pub(crate) struct Browser {
    pub(crate) driver: WebDriver,
    _profile: TempDir,
    _process: Child,
}

/// Which colours the system asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scheme {
    Light,
    Dark,
}

impl Browser {
    /// Starts one.
    pub(crate) async fn start(scheme: Scheme) -> Self {
        let mut process = Command::new("chromedriver")
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("chromedriver is not installed: run the tests with `make test`");
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let port = timeout(PATIENCE, async {
            while let Some(line) = lines.next_line().await.unwrap() {
                if let Some((_, port)) = line.split_once("successfully on port ") {
                    return port.trim_end_matches('.').to_owned();
                }
            }
            panic!("chromedriver ended");
        });
        let port = port.await.expect("chromedriver does not start");
        // What it says later is nobody's business, but must be read.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        let profile = TempDir::with_prefix("portico-test-browser").unwrap();
        let mut capabilities = DesiredCapabilities::chrome();
        for flag in FLAGS {
            capabilities.add_arg(flag).unwrap();
        }
        capabilities.add_arg(&format!("--user-data-dir={}", profile.path().display())).unwrap();
        if scheme == Scheme::Dark {
            capabilities.add_arg("--blink-settings=preferredColorScheme=0").unwrap();
        }
        let driver = WebDriver::new(format!("http://127.0.0.1:{port}"), capabilities).await.unwrap();
        Self { driver, _profile: profile, _process: process }
    }

    /// Makes the window this large.
    pub(crate) async fn resize(&self, width: i64, height: i64) {
        // Headless windows have no frame, but no less than 500 pixels either; so the view is set, not the window.
        let command =
            serde_json::json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.driver.cdp().send_raw("Emulation.setDeviceMetricsOverride", command).await.unwrap();
    }

    /// Keeps a picture of what is in view in `target/screenshots`.
    pub(crate) async fn picture(&self, name: &str) {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().join("screenshots");
        std::fs::create_dir_all(&folder).unwrap();
        let png = self.driver.screenshot_as_png().await.unwrap();
        std::fs::write(folder.join(format!("{name}.png")), png).unwrap();
    }

    /// What is serious or critical to people who use a page otherwise than most.
    pub(crate) async fn barriers(&self) -> Vec<String> {
        let axe = std::env::var("PORTICO_TEST_AXE")
            .expect("PORTICO_TEST_AXE is not set: run the tests with `make test`");
        let axe = std::fs::read_to_string(axe).unwrap();
        self.driver.execute(axe, Vec::new()).await.unwrap();
        // What is still fading in has not the colours that it will have.
        let script = "const done = arguments[0]; \
             Promise.all(document.getAnimations().map((animation) => animation.finished)) \
             .then(() => axe.run(document, { resultTypes: ['violations'] })).then(done);";
        let found = self.driver.execute_async(script, Vec::new()).await.unwrap();
        let found: Value = found.json().clone();
        let violations = found["violations"].as_array().unwrap();
        let serious =
            violations.iter().filter(|v| ["serious", "critical"].contains(&v["impact"].as_str().unwrap()));
        serious
            .map(|violation| {
                let nodes = violation["nodes"].as_array().unwrap();
                let places: Vec<_> = nodes
                    .iter()
                    .map(|node| format!("{} ({})", node["html"], node["failureSummary"]))
                    .collect();
                format!("{}: {}", violation["help"], places.join("; "))
            })
            .collect()
    }

    /// Whether the page has to be scrolled sideways.
    pub(crate) async fn is_too_wide(&self) -> bool {
        let script = "return document.documentElement.scrollWidth > document.documentElement.clientWidth;";
        self.driver.execute(script, Vec::new()).await.unwrap().json().as_bool().unwrap()
    }

    /// Closes it.
    pub(crate) async fn quit(self) {
        self.driver.clone().quit().await.unwrap();
    }
}
