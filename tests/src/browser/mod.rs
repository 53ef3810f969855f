//! Pages as people see them: in a real Chromium, light and dark, narrow and wide.

mod console;
mod gallery;
mod people;
mod portal;
mod stories;

use std::path::PathBuf;
use std::process::Stdio;

use serde_json::Value;
use tempfile::TempDir;
use thirtyfour::prelude::*;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::world::{PATIENCE, Server};

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

/// Clicks what this selector finds first.
async fn click(driver: &WebDriver, css: &str) {
    driver.query(By::Css(css)).and_displayed().first().await.unwrap().click().await.unwrap();
}

/// Follows the link with this text.
async fn follow(driver: &WebDriver, text: &str) {
    driver.query(By::LinkText(text)).and_displayed().first().await.unwrap().click().await.unwrap();
}

/// Presses what says this in the middle of the page.
async fn press(driver: &WebDriver, text: &str) {
    let button = By::XPath(format!(
        "//main//*[self::a or self::button][normalize-space()='{text}' and not(contains(@class, 'unseen'))]"
    ));
    driver.query(button).and_displayed().first().await.unwrap().click().await.unwrap();
}

/// Ticks the box with this label.
async fn tick(driver: &WebDriver, label: &str) {
    let label = By::XPath(format!("//label[contains(., '{label}')]"));
    driver.query(label).and_displayed().first().await.unwrap().click().await.unwrap();
}

/// Puts a text in the place of what is in a field.
async fn fill(driver: &WebDriver, css: &str, text: &str) {
    let field = driver.query(By::Css(css)).and_displayed().first().await.unwrap();
    field.clear().await.unwrap();
    field.send_keys(text).await.unwrap();
}

/// What stands in this place.
async fn text(driver: &WebDriver, css: &str) -> String {
    driver.query(By::Css(css)).first().await.unwrap().text().await.unwrap()
}

/// Waits for a page whose heading has this in it.
async fn heading(driver: &WebDriver, text: &str) {
    let heading = By::XPath(format!("//h1[contains(normalize-space(), '{text}')]"));
    driver.query(heading).first().await.unwrap();
}

/// Executes what stands in the open testing interface, and gives the status and the body of the answer.
async fn execute(driver: &WebDriver) -> (String, String) {
    click(driver, "form[data-try] button[type=submit]").await;
    let output = By::Css("form[data-try] output, form[data-try] [data-shows=trouble]");
    driver.query(output).and_displayed().first().await.unwrap();
    assert_eq!(text(driver, "[data-shows=why]").await, "");
    (text(driver, "[data-shows=status]").await, text(driver, "[data-shows=body]").await)
}

/// The owner's link, which stands in the first line after the start.
async fn first_link(server: &mut Server) -> String {
    let line = timeout(PATIENCE, server.lines.recv()).await.unwrap().unwrap();
    line.rsplit(' ').next().unwrap().to_owned()
}

/// The link of the next mail to somebody.
async fn link_to(server: &mut Server, email: &str) -> String {
    let link = async {
        while let Some(line) = server.lines.recv().await {
            if line.starts_with(&format!("mail to {email}")) {
                return line.rsplit_once(": ").unwrap().1.to_owned();
            }
        }
        panic!("the server ended");
    };
    timeout(PATIENCE, link).await.expect("no mail was sent")
}
