//! How people come into a portal, and what becomes of those whom nobody invited.

use actions::{Error, JitDraft, OidcDraft, PortalSettingsPatch};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use model::access::Privilege;
use model::client::AuthType;
use model::id::PortalId;
use model::portal::{Portal, PortalSettings};
use model::secret::KeyMaterial;
use site::form::Kind;
use site::request::Path;
use site::{Choice, Field, Fields, Flash, Frame, Oops, Page, Posted, Tone};

use super::{Head, PATH, address, find};
use crate::Console;
use crate::clients::policies;
use crate::failed::beside;
use crate::me::{Me, Side};

#[derive(Template)]
#[template(path = "admin/portal_sign_in.html")]
struct SignIn {
    frame: Frame,
    side: Side,
    head: Head,
    ways: Choice,
    issuer: Field,
    client_id: Field,
    client_secret: Field,
    redirect: String,
    has_provider: bool,
    /// What the provider said when it was asked: whether it is good, and a sentence.
    said: Option<(Tone, String)>,
    is_jit_saved: bool,
    jit: Choice,
    jit_auth: Choice,
    jit_policy: Choice,
    problem: Option<String>,
    may_manage: bool,
}

/// What was sent, and what came of it.
#[derive(Default)]
struct Turn<'a> {
    fields: Option<&'a Fields>,
    newcomers: Option<&'a Fields>,
    fault: Option<&'a Error>,
    said: Option<(Tone, String)>,
}

async fn settings(console: &Console, portal: PortalId) -> Result<PortalSettings, Oops> {
    let settings = store::portal_settings::find(&console.db, portal).await?;
    settings.ok_or_else(|| Oops::missing("developer portal").link("Portals", PATH))
}

async fn page(console: &Console, me: &Me, portal: &Portal, turn: Turn<'_>) -> Result<Page<SignIn>, Oops> {
    let settings = settings(console, portal.id).await?;
    let (frame, side) = me.around(console, PATH).await?;
    let oidc = settings.oidc.as_ref();
    let on = settings.sign_in;
    let chosen = [("magic_link", on.magic_link), ("password", on.password), ("sso", on.sso)];
    let chosen = chosen.into_iter().filter(|(_, is_on)| *is_on).map(|(way, _)| way);
    let ways = Choice::new("way", "Ways to sign in")
        .pick_about(
            "magic_link",
            "A link by email",
            "It works once, for 15 minutes. An invitation works for 7 days.",
        )
        .pick_about("password", "A password", "Chosen with the invitation, or by a link in a mail.")
        .pick_about(
            "sso",
            "Single sign-on",
            "At the identity provider of your organisation, by OpenID Connect.",
        )
        .chosen(chosen);
    let secret =
        Field::new("client_secret", "Client secret").kind(Kind::Password).mono().optional().max(2_048);
    let secret = match oidc {
        Some(_) => secret.help("It is kept sealed and not shown again. Leave this empty to keep it; another issuer needs its own."),
        None => secret.help("As the provider gives it. It is kept sealed and not shown again."),
    };
    let jit_words = ("jit_policy", "Default policy", "Of the client that each of them gets.", "No limit");
    let jit = settings.jit;
    let mut page = SignIn {
        head: Head::of(console, me, portal, "sign-in"),
        ways,
        issuer: Field::new("issuer", "Issuer")
            .kind(Kind::Url)
            .optional()
            .mono()
            .max(2_048)
            .help("Where the provider describes itself, such as `https://id.example.com`.")
            .value(oidc.map(|oidc| oidc.issuer.clone()).unwrap_or_default()),
        client_id: Field::new("client_id", "Client ID")
            .optional()
            .mono()
            .max(255)
            .help("As what this portal is registered there.")
            .value(oidc.map(|oidc| oidc.client_id.clone()).unwrap_or_default()),
        client_secret: secret,
        redirect: format!("{}/sign-in/sso/callback", console.actions.addresses().portal(portal)),
        has_provider: oidc.is_some(),
        said: turn.said,
        is_jit_saved: jit.is_some(),
        jit: Choice::new("jit", "Developers whom nobody invited")
            .pick_about("off", "Stay outside", "They are told to ask for an invitation.")
            .pick_about("on", "Come in at their first sign-in", "Each gets a client of their own, lands on Discover new APIs, and may call nothing until a request is approved.")
            .chosen([if jit.is_some_and(|jit| jit.enabled) { "on" } else { "off" }]),
        jit_auth: Choice::new("jit_auth", "Default authentication")
            .help("Of the client that each of them gets. It cannot change once it is saved.")
            .pick("token", "Auth token")
            .pick("oauth2", "OAuth 2.0")
            .chosen([if jit.is_some_and(|jit| jit.auth_type == AuthType::Oauth2) { "oauth2" } else { "token" }]),
        jit_policy: policies(console, me, jit_words, jit.and_then(|jit| jit.policy)).await?,
        problem: None,
        may_manage: me.may(Privilege::ManagePortals),
        frame,
        side,
    };
    if let Some(fields) = turn.fields {
        page.ways = page.ways.given(fields);
        page.issuer = page.issuer.given(fields);
        page.client_id = page.client_id.given(fields);
    }
    if let Some(fields) = turn.newcomers {
        page.jit = page.jit.given(fields);
        page.jit_policy = page.jit_policy.given(fields);
        if !page.is_jit_saved {
            page.jit_auth = page.jit_auth.given(fields);
        }
    }
    match turn.fault {
        Some(Error::Invalid(faults) | Error::Unknown(faults)) => {
            page.issuer = page.issuer.faulted(faults, "oidc.issuer");
            page.client_id = page.client_id.faulted(faults, "oidc.client_id");
            page.client_secret = page.client_secret.faulted(faults, "oidc.client_secret");
            for (field, message) in faults.iter() {
                match field {
                    "magic_link" => {
                        page.ways = page.ways.error("Choose one way at least, or nobody could sign in.");
                    }
                    "sso" => {
                        page.ways = page
                            .ways
                            .error("Single sign-on needs an identity provider: fill in the fields below.");
                    }
                    "jit.enabled" => {
                        page.jit = page.jit.error(
                            "They come by single sign-on. Switch it on first, or let them stay outside.",
                        );
                    }
                    "jit.auth_type" => {
                        page.jit_auth = page.jit_auth.error(format!("Default authentication {message}"));
                    }
                    _ => {}
                }
            }
        }
        Some(fault) => page.problem = Some(site::sentence(&fault.to_string())),
        None => {}
    }
    let page = Page::new(page);
    Ok(page.unprocessable_if(turn.fault.is_some()))
}

/// `GET /console/portals/{id}/sign-in`
pub(super) async fn show(
    State(console): State<Console>,
    me: Me,
    Path(id): Path<PortalId>,
) -> Result<Response, Oops> {
    let portal = find(&console, &me, id).await?;
    Ok(page(&console, &me, &portal, Turn::default()).await?.into_response())
}

/// `POST /console/portals/{id}/sign-in`: saves the ways in, or only asks the provider what it says.
pub(super) async fn save(
    State(console): State<Console>,
    me: Me,
    Path(id): Path<PortalId>,
    Posted(fields): Posted,
) -> Result<Response, Oops> {
    let portal = find(&console, &me, id).await?;
    if fields.has("test") {
        return test(&console, &me, &portal, &fields).await;
    }
    let before = settings(&console, id).await?.oidc;
    let is_on = |way: &str| Some(fields.all("way").any(|on| on == way));
    let given = |name: &str| fields.text(name).trim().to_owned();
    let (issuer, client_id) = (given("issuer"), given("client_id"));
    // All empty: there is to be no provider.
    let oidc = match issuer.is_empty() && client_id.is_empty() {
        true => before.map(|_| None),
        false => {
            let secret = Some(fields.text("client_secret")).filter(|secret| !secret.is_empty());
            Some(Some(OidcDraft {
                issuer: Some(issuer),
                client_id: Some(client_id),
                client_secret: secret.map(|secret| KeyMaterial::new(secret.to_owned())),
            }))
        }
    };
    let patch = PortalSettingsPatch {
        magic_link: is_on("magic_link"),
        password: is_on("password"),
        sso: is_on("sso"),
        oidc,
        jit: None,
    };
    let saved = console.actions.update_portal_settings(&me.actor(), id, patch).await;
    answer(&console, &me, &portal, saved, "The ways to sign in are saved.", (Some(&fields), None)).await
}

async fn answer<T>(
    console: &Console,
    me: &Me,
    portal: &Portal,
    saved: Result<T, Error>,
    said: &str,
    (fields, newcomers): (Option<&Fields>, Option<&Fields>),
) -> Result<Response, Oops> {
    match saved {
        Ok(_) => Ok(Flash::good(said).then(&address(portal.id, "sign-in"), me.visit.secure)),
        Err(error) => {
            let fault = beside(error)?;
            let turn = Turn { fields, newcomers, fault: Some(&fault), said: None };
            Ok(page(console, me, portal, turn).await?.into_response())
        }
    }
}

/// Asks the provider in the field what it says about itself.
async fn test(console: &Console, me: &Me, portal: &Portal, fields: &Fields) -> Result<Response, Oops> {
    match console.actions.try_provider(&me.actor(), fields.text("issuer")).await {
        Ok(seen) => {
            let said = format!(
                "{} answers, has {} keys, and signs people in at {}. Client ID and secret are tried at the first sign-in.",
                seen.issuer, seen.keys, seen.authorization
            );
            let turn = Turn { fields: Some(fields), said: Some((Tone::Good, said)), ..Turn::default() };
            Ok(page(console, me, portal, turn).await?.into_response())
        }
        Err(fault @ Error::Invalid(_)) => {
            let turn = Turn { fields: Some(fields), fault: Some(&fault), ..Turn::default() };
            Ok(page(console, me, portal, turn).await?.into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /console/portals/{id}/sign-in/newcomers`: only once this was saved may those come in whom nobody
/// invited.
pub(super) async fn save_newcomers(
    State(console): State<Console>,
    me: Me,
    Path(id): Path<PortalId>,
    Posted(fields): Posted,
) -> Result<Response, Oops> {
    let portal = find(&console, &me, id).await?;
    let is_saved = settings(&console, id).await?.jit.is_some();
    let auth_type = match fields.text("jit_auth") {
        "oauth2" => AuthType::Oauth2,
        _ => AuthType::Token,
    };
    let draft = JitDraft {
        enabled: Some(fields.text("jit") == "on"),
        auth_type: (!is_saved).then_some(auth_type),
        policy: Some(fields.text("jit_policy").parse().ok()),
    };
    let patch = PortalSettingsPatch { jit: Some(draft), ..PortalSettingsPatch::default() };
    let saved = console.actions.update_portal_settings(&me.actor(), id, patch).await;
    answer(&console, &me, &portal, saved, "The just-in-time settings are saved.", (None, Some(&fields))).await
}
