//! Every component with sample data, to look at and to test. Not part of any site.

use askama::Template;
use axum::Router;
use axum::response::IntoResponse;
use axum::routing::get;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use model::page::Page as ListPage;

use crate::brand::Brand;
use crate::form::Kind;
use crate::frame::{Frame, Link, Person, Search};
use crate::{Choice, Field, Oops, Page, Pager, Settings, Visit, When, dressed, markdown, routes, visited};

/// Five texts.
type Five = (&'static str, &'static str, &'static str, &'static str, &'static str);

#[derive(Template)]
#[template(path = "site/gallery.html")]
struct Gallery {
    frame: Frame,
    cards: [Five; 3],
    rows: [Five; 3],
    when: When,
    pager: Pager,
    fields: [Field; 3],
    folded: Choice,
    radios: Choice,
    many: Choice,
    prose: markdown::Html,
}

#[derive(Template)]
#[template(path = "site/gallery_dialog.html")]
struct Dialog {
    frame: Frame,
    reason: Field,
}

/// A site with the gallery as its home page, and an error page everywhere else.
pub fn router(settings: Settings) -> Router {
    let pages = Router::new()
        .route("/", get(gallery))
        .route("/dialog", get(dialog))
        .merge(routes())
        .fallback(async || Oops::no_page().link("See the gallery", "/"));
    let dressing = async |visit: Visit, request: axum::extract::Request, next: axum::middleware::Next| {
        let response = next.run(request).await;
        dressed(response, || frame(visit))
    };
    visited(pages.layer(axum::middleware::from_fn(dressing)), settings)
}

fn frame(visit: Visit) -> Frame {
    Frame {
        nav: vec![Link::new("My APIs", "/").marked(true), Link::new("Discover new APIs", "/discover")],
        search: Some(Search {
            action: "/search".to_owned(),
            label: "Search APIs".to_owned(),
            value: String::new(),
        }),
        person: Some(Person {
            name: "Ada Lovelace".to_owned(),
            email: "ada@example.com".to_owned(),
            acts_for: Some("Analytical Engines".to_owned()),
            menu: vec![Link::new("Manage API keys", "/keys"), Link::new("Account", "/account")],
            sign_out: "/sign-out".to_owned(),
        }),
        foot: vec![Link::new("Terms", "/terms"), Link::new("Support", "/support")],
        ..Frame::new("Sample portal", Brand::of(""), visit)
    }
}

async fn gallery(visit: Visit) -> impl IntoResponse {
    let now: Timestamp = Timestamp::from_second(1_777_817_100).unwrap_or(Timestamp::UNIX_EPOCH);
    Page::new(Gallery {
        frame: frame(visit),
        cards: [
            ("Quote to cash", "v1", "Prices, quotes, orders and invoices, from the first question to the last payment, in every currency that our customers pay in, with taxes.", "14 operations", "https://api.example.com/main/quote-to-cash-v1"),
            ("Product catalog", "v2.1", "What we sell, in every language.", "31 operations", "https://api.example.com/main/product-catalog-v2-1"),
            ("Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft", "v1", "", "1 operation", "https://api.example.com/main/d-v1"),
        ],
        rows: [
            ("Production", "good", "Active", "236d", "10.0.0.0/8"),
            ("Staging", "", "Inactive", "9f3c", "Any"),
            ("A key with quite a long name that somebody typed", "good", "Active", "00aa", "106.226.100.3/20, 2 more"),
        ],
        when: When::new(now, now, TimeZone::UTC),
        pager: Pager::new(ListPage::new(2, 20), 1312, "/").unwrap_or(Pager {
            shown: String::new(),
            previous: None,
            next: None,
        }),
        fields: [
            Field::new("name", "API key name").value("Production").help("So that you find it again, such as `Production`."),
            Field::new("allow", "Allowed IPs")
                .optional()
                .mono()
                .kind(Kind::Area(2))
                .value("106.226.100.3/20, 300.1.1.1")
                .help("Separate several with commas, or define a range: 106.226.100.3/20.")
                .error("Allowed IPs has `300.1.1.1`, which is neither an IP address nor a range such as `203.0.113.0/24`"),
            Field::new("email", "E-mail").kind(Kind::Email).autocomplete("email"),
        ],
        folded: Choice::new("policy", "Policy").help("How often each key may call.").pick("", "No limit").pick("1", "Gold"),
        radios: Choice::new("auth", "How does it prove who it is?")
            .pick_about("token", "Auth token", "A secret per key, sent in a header.")
            .pick_about("oauth2", "OAuth 2.0", "Exchanged for access tokens that end after a while.")
            .chosen(["token"])
            .error("Choose one."),
        many: (1..=9)
            .fold(Choice::new("api", "APIs that it may call").optional(), |choice, number| {
                choice.pick_about(&number, format!("API number {number}"), "1.0")
            })
            .chosen(["2"]),
        prose: markdown::html(
            "# Heading\n\nText with **weight**, `code` and a [link](https://example.com).\n\n- one\n- two\n\n\
             ```\ncurl https://api.example.com\n```\n\n> A quotation.\n\n| Field | Type |\n|---|---|\n| id | integer |",
        ),
    })
}

async fn dialog(visit: Visit) -> impl IntoResponse {
    let reason = Field::new("reason", "What will you use it for?").kind(Kind::Area(4)).max(2_000);
    Page::new(Dialog { frame: frame(visit), reason })
}
