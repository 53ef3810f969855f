//! All components at once.

use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;
use model::environment::{Clock, Environment, Random};
use thirtyfour::prelude::*;

use super::{Browser, Scheme};

struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }

    #[expect(clippy::disallowed_methods, reason = "a test has no server to be given time by")]
    fn instant(&self) -> Instant {
        Instant::now()
    }
}

impl Random for Still {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

/// Serves the gallery for as long as the test runs.
async fn gallery() -> String {
    let environment = Environment { clock: Arc::new(Still), random: Arc::new(Still) };
    let settings = site::Settings { environment, session_cookie: "gallery_session", secure: false };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, site::gallery::router(settings)).await });
    url
}

#[tokio::test]
async fn every_component_can_be_read_in_both_schemes_and_all_widths() {
    let url = gallery().await;
    for (scheme, name) in [(Scheme::Light, "light"), (Scheme::Dark, "dark")] {
        let browser = Browser::start(scheme).await;
        for width in [320, 1440] {
            browser.resize(width, 900).await;
            for (path, page) in [("/", "gallery"), ("/dialog", "dialog"), ("/no-such-page", "error")] {
                browser.driver.goto(format!("{url}{path}")).await.unwrap();
                browser.picture(&format!("{page}-{name}-{width}")).await;
                assert!(!browser.is_too_wide().await, "{page} at {width}");
                assert_eq!(browser.barriers().await, Vec::<String>::new(), "{page}, {name}, {width}");
            }
        }
        for width in [360, 2560] {
            browser.resize(width, 900).await;
            browser.driver.goto(&url).await.unwrap();
            browser.picture(&format!("gallery-{name}-{width}")).await;
            assert!(!browser.is_too_wide().await, "gallery at {width}");
        }
        browser.quit().await;
    }
}

#[tokio::test]
async fn what_the_script_adds_works_by_keyboard() {
    let url = gallery().await;
    let browser = Browser::start(Scheme::Light).await;
    let driver = &browser.driver;
    driver.goto(&url).await.unwrap();

    // The search is reached by its key, and the key is not typed into it.
    driver.action_chain().send_keys("/").perform().await.unwrap();
    let active = driver.active_element().await.unwrap();
    assert_eq!(active.attr("name").await.unwrap().as_deref(), Some("q"));
    assert_eq!(active.prop("value").await.unwrap().as_deref(), Some(""));

    // The menu closes, and gives the focus back to where it was opened.
    let menu = driver.find(By::Css("details.menu")).await.unwrap();
    menu.find(By::Css("summary")).await.unwrap().click().await.unwrap();
    assert_eq!(menu.prop("open").await.unwrap().as_deref(), Some("true"));
    driver.action_chain().send_keys(Key::Escape).perform().await.unwrap();
    assert_eq!(menu.prop("open").await.unwrap().as_deref(), Some("false"));

    // A link opens its page as a dialog here, with the first field ready to be typed into.
    driver.find(By::Css("a[data-dialog]")).await.unwrap().click().await.unwrap();
    let dialog = driver.query(By::Css("dialog[open]")).first().await.unwrap();
    assert!(dialog.text().await.unwrap().contains("What will you use it for?"));
    assert_eq!(driver.active_element().await.unwrap().attr("name").await.unwrap().as_deref(), Some("reason"));
    assert_eq!(browser.barriers().await, Vec::<String>::new());
    driver.action_chain().send_keys(Key::Escape).perform().await.unwrap();
    driver.query(By::Css("dialog")).not_exists().await.unwrap();

    // What was copied is said.
    driver.find(By::Css("[data-copy-from=token]")).await.unwrap().click().await.unwrap();
    driver.query(By::Css("#live")).with_text("Copied").first().await.unwrap();
    browser.quit().await;
}

#[tokio::test]
async fn a_theme_is_chosen_without_script() {
    let url = gallery().await;
    let browser = Browser::start(Scheme::Light).await;
    let driver = &browser.driver;
    driver.goto(&url).await.unwrap();
    driver.find(By::Css("details.menu summary")).await.unwrap().click().await.unwrap();
    driver.find(By::Css("button[name=theme][value=dark]")).await.unwrap().click().await.unwrap();
    driver.query(By::Css("html[data-theme=dark]")).first().await.unwrap();
    assert_eq!(driver.current_url().await.unwrap().path(), "/");
    browser.quit().await;
}
