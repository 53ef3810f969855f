//! The keys of a client: the list, making one, changing one, and what stops one.

use actions::{Error, IssuedKey, KeyDraft, KeyPatch};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use model::access::Privilege;
use model::client::{ApiKey, KEYS_PER_CLIENT};
use model::id::{ClientId, KeyId};
use model::page::Page as ListPage;
use site::addresses::{Lists, summary};
use site::form::Kind;
use site::request::Path;
use site::{Field, Fields, Flash, Frame, Oops, Page, Posted, When};
use store::clients::ListedClient;

use super::{Head, PATH, find};
use crate::Console;
use crate::me::{Me, Side};
use crate::question::Question;

/// All keys that a client can have.
const ALL: ListPage = ListPage { number: 1, size: KEYS_PER_CLIENT };

/// How long a former token may go on; none is longer than what the action allows.
const GRACE: &[(&str, &str)] =
    &[("0", "At once"), ("3600", "After an hour"), ("86400", "After a day"), ("604800", "After a week")];

#[derive(Template)]
#[template(path = "admin/client_keys.html")]
struct Keys {
    frame: Frame,
    side: Side,
    head: Head,
    rows: Vec<Row>,
    policies: String,
    portal: String,
    email: String,
    has_room: bool,
    most: i64,
    may_manage: bool,
}

struct Row {
    id: KeyId,
    name: String,
    is_active: bool,
    last_four: String,
    addresses: String,
    created: When,
    ends: Option<When>,
}

/// `GET /console/clients/{id}`
pub(super) async fn list(
    State(console): State<Console>,
    me: Me,
    Path(id): Path<ClientId>,
) -> Result<Response, Oops> {
    let listed = find(&console, &me, id).await?;
    let found = store::api_keys::list(&console.db, me.workspace(), Some(id), ALL).await?;
    let portal = match listed.client.portal {
        Some(portal) => store::portals::find(&console.db, me.workspace(), portal).await?,
        None => None,
    };
    let (frame, side) = me.around(&console, PATH).await?;
    let rows = found.rows.into_iter().map(|key| Row {
        id: key.id,
        is_active: key.active,
        addresses: summary(&key.rules),
        created: me.when(key.created_at),
        ends: key.expires_at.map(|at| me.when(at)),
        name: key.name,
        last_four: key.last_four,
    });
    let names = listed.policies.iter().map(|policy| policy.name.as_str()).collect::<Vec<_>>();
    let page = Keys {
        frame,
        side,
        head: Head::of(&me, &listed, ""),
        rows: rows.collect(),
        policies: names.join(", "),
        portal: portal.map(|portal| portal.name).unwrap_or_default(),
        email: listed.client.email.clone().unwrap_or_default(),
        has_room: found.total < KEYS_PER_CLIENT,
        most: KEYS_PER_CLIENT,
        may_manage: me.may(Privilege::ManageKeys),
    };
    Ok(Page::new(page).into_response())
}

/// The fields of a key.
struct Draft {
    name: Field,
    lists: Lists,
    ends: Field,
    is_active: bool,
}

impl Draft {
    fn new() -> Self {
        Self {
            name: Field::new("name", "Name").max(255).help("Where it is used, such as `Production`."),
            lists: Lists::new(),
            ends: Field::new("ends", "Works until")
                .kind(Kind::Date)
                .optional()
                .help("The key stops working at the beginning of this day. Empty: never."),
            is_active: true,
        }
    }

    fn of(key: &ApiKey, zone: &TimeZone) -> Self {
        let draft = Self::new();
        let ends = key.expires_at.map(|at| at.to_zoned(zone.clone()).date().to_string());
        Self {
            name: draft.name.value(key.name.clone()),
            lists: Lists::of(&key.rules),
            ends: draft.ends.value(ends.unwrap_or_default()),
            is_active: key.active,
        }
    }

    fn given(fields: &Fields) -> Self {
        let draft = Self::new();
        Self {
            name: draft.name.given(fields),
            lists: Lists::given(fields),
            ends: draft.ends.given(fields),
            is_active: fields.has("active"),
        }
    }

    /// The day in it; a fault beside the field if it is none.
    fn end(&mut self, zone: &TimeZone) -> Result<Option<Timestamp>, ()> {
        let text = self.ends.value.trim();
        if text.is_empty() {
            return Ok(None);
        }
        let end = text.parse::<Date>().and_then(|date| date.to_zoned(zone.clone()));
        match end {
            Ok(end) => Ok(Some(end.timestamp())),
            Err(_) => {
                self.ends.error = Some("This is no day. Write it as `2026-12-31`.".to_owned());
                Err(())
            }
        }
    }

    fn faulted(self, faults: &actions::Faults) -> Self {
        Self {
            name: self.name.faulted(faults, "name"),
            ends: self.ends.faulted(faults, "expires_at"),
            ..self
        }
    }
}

/// The zone in which their workspace tells days.
fn zone(me: &Me) -> TimeZone {
    TimeZone::get(&me.operator.workspace.time_zone).unwrap_or(TimeZone::UTC)
}

#[derive(Template)]
#[template(path = "admin/key_new.html")]
struct New {
    frame: Frame,
    side: Side,
    client: ClientId,
    client_name: String,
    draft: Draft,
    problem: Option<String>,
}

async fn new(
    console: &Console,
    me: &Me,
    listed: &ListedClient,
    draft: Draft,
    problem: Option<String>,
) -> Result<Page<New>, Oops> {
    me.must(Privilege::ManageKeys)?;
    let (frame, side) = me.around(console, PATH).await?;
    let (client, client_name) = (listed.client.id, listed.client.name.clone());
    Ok(Page::new(New { frame, side, client, client_name, draft, problem }))
}

/// `GET /console/clients/{id}/keys/new`
pub(super) async fn blank(
    State(console): State<Console>,
    me: Me,
    Path(id): Path<ClientId>,
) -> Result<Response, Oops> {
    let listed = find(&console, &me, id).await?;
    Ok(new(&console, &me, &listed, Draft::new(), None).await?.into_response())
}

/// `POST /console/clients/{id}/keys/new`
pub(super) async fn create(
    State(console): State<Console>,
    me: Me,
    Path(id): Path<ClientId>,
    Posted(fields): Posted,
) -> Result<Response, Oops> {
    let listed = find(&console, &me, id).await?;
    let mut draft = Draft::given(&fields);
    let end = draft.end(&zone(&me));
    let (rules, expires_at) = match (draft.lists.clone().read(), end) {
        (Ok((rules, _)), Ok(end)) => (rules, end),
        (Err(lists), _) => {
            let draft = Draft { lists: *lists, ..draft };
            return Ok(new(&console, &me, &listed, draft, None).await?.unprocessable().into_response());
        }
        (Ok(_), Err(())) => {
            return Ok(new(&console, &me, &listed, draft, None).await?.unprocessable().into_response());
        }
    };
    let wanted = KeyDraft { name: draft.name.value.clone(), active: draft.is_active, rules, expires_at };
    match console.actions.create_key(&me.actor(), id, wanted).await {
        Ok(issued) => shown_once(&console, &me, &listed, &issued).await,
        Err(Error::Invalid(faults)) => {
            let page = new(&console, &me, &listed, draft.faulted(&faults), None).await?;
            Ok(page.unprocessable().into_response())
        }
        Err(fault @ (Error::Conflict { .. } | Error::Refused(_))) => {
            let problem = match fault {
                Error::Conflict { message, .. } => format!("This client {message}."),
                fault => site::sentence(&fault.to_string()),
            };
            let page = new(&console, &me, &listed, draft, Some(problem)).await?;
            Ok(page.unprocessable().into_response())
        }
        Err(error) => Err(error.into()),
    }
}

#[derive(Template)]
#[template(path = "admin/key_issued.html")]
struct Issued {
    frame: Frame,
    side: Side,
    client: ClientId,
    client_name: String,
    name: String,
    client_id: Option<String>,
    token: String,
    is_signed: bool,
}

/// The page with the token: shown this once, kept by no cache.
async fn shown_once(
    console: &Console,
    me: &Me,
    listed: &ListedClient,
    issued: &IssuedKey,
) -> Result<Response, Oops> {
    let (frame, side) = me.around(console, PATH).await?;
    let page = Issued {
        frame,
        side,
        client: listed.client.id,
        client_name: listed.client.name.clone(),
        name: issued.key.name.clone(),
        client_id: issued.key.oauth_client_id.clone(),
        token: issued.token.expose().to_owned(),
        is_signed: issued.key.auth_type.is_signed(),
    };
    Ok(Page::new(page).secret().into_response())
}

#[derive(Template)]
#[template(path = "admin/key.html")]
struct Details {
    frame: Frame,
    side: Side,
    client: ClientId,
    client_name: String,
    is_legacy: bool,
    key: ApiKey,
    created: When,
    changed: When,
    active_since: When,
    draft: Draft,
    may_manage: bool,
}

async fn details(
    console: &Console,
    me: &Me,
    listed: &ListedClient,
    key: ApiKey,
    draft: Draft,
) -> Result<Page<Details>, Oops> {
    let (frame, side) = me.around(console, PATH).await?;
    Ok(Page::new(Details {
        frame,
        side,
        client: listed.client.id,
        client_name: listed.client.name.clone(),
        is_legacy: listed.client.is_legacy,
        created: me.when(key.created_at),
        changed: me.when(key.updated_at),
        active_since: me.when(key.active_since),
        key,
        draft,
        may_manage: me.may(Privilege::ManageKeys),
    }))
}

async fn key_of(console: &Console, me: &Me, client: ClientId, id: KeyId) -> Result<ApiKey, Oops> {
    let key = store::api_keys::find(&console.db, me.workspace(), client, id).await?;
    key.ok_or_else(|| Oops::missing("API key").link("The client", &format!("{PATH}/{client}")))
}

/// `GET /console/clients/{id}/keys/{key}`
pub(super) async fn show(
    State(console): State<Console>,
    me: Me,
    Path((id, key)): Path<(ClientId, KeyId)>,
) -> Result<Response, Oops> {
    let listed = find(&console, &me, id).await?;
    let key = key_of(&console, &me, id, key).await?;
    let draft = Draft::of(&key, &zone(&me));
    Ok(details(&console, &me, &listed, key, draft).await?.into_response())
}

/// `POST /console/clients/{id}/keys/{key}`
pub(super) async fn save(
    State(console): State<Console>,
    me: Me,
    Path((id, key)): Path<(ClientId, KeyId)>,
    Posted(fields): Posted,
) -> Result<Response, Oops> {
    let listed = find(&console, &me, id).await?;
    let before = key_of(&console, &me, id, key).await?;
    let mut draft = Draft::given(&fields);
    let zone = zone(&me);
    // A key that ended in the past keeps its end unless somebody gives it another one.
    let is_same_end = Draft::of(&before, &zone).ends.value == draft.ends.value;
    let end = draft.end(&zone);
    let (rules, expires_at) = match (draft.lists.clone().read(), end) {
        (Ok((rules, _)), Ok(end)) => (rules, Some(end).filter(|_| !is_same_end)),
        (Err(lists), _) => {
            let draft = Draft { lists: *lists, ..draft };
            return Ok(details(&console, &me, &listed, before, draft).await?.unprocessable().into_response());
        }
        (Ok(_), Err(())) => {
            return Ok(details(&console, &me, &listed, before, draft).await?.unprocessable().into_response());
        }
    };
    let patch = KeyPatch {
        name: Some(draft.name.value.clone()),
        allow: Some(rules.allow),
        deny: Some(rules.deny),
        expires_at,
    };
    match console.actions.update_key(&me.actor(), id, key, patch).await {
        Ok(_) => {
            let flash = Flash::good("The key is changed. It holds from the next call on.");
            Ok(flash.then(&format!("{PATH}/{id}/keys/{key}"), me.visit.secure))
        }
        Err(Error::Invalid(faults)) => {
            let page = details(&console, &me, &listed, before, draft.faulted(&faults)).await?;
            Ok(page.unprocessable().into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /console/clients/{id}/keys/{key}/enable`
pub(super) async fn enable(
    State(console): State<Console>,
    me: Me,
    Path((id, key)): Path<(ClientId, KeyId)>,
    Posted(_): Posted,
) -> Result<Response, Oops> {
    console.actions.enable_key(&me.actor(), id, key).await?;
    Ok(Flash::good("The key is active.").then(&format!("{PATH}/{id}/keys/{key}"), me.visit.secure))
}

/// What is asked before it is done, as it stands in the address.
fn question(deed: &str, client: ClientId, key: &ApiKey) -> Option<Question> {
    let (title, about, button) = match deed {
        "refresh" => (
            "Refresh",
            "The key gets a new token. Whatever calls with the present one is refused as soon as that stops working.",
            "Refresh token",
        ),
        "disable" => (
            "Deactivate",
            "Calls with this key are refused from the next one on. You can activate it again at any time, with the same token.",
            "Deactivate key",
        ),
        "delete" => (
            "Delete",
            "Calls with this key are refused from the next one on, for ever. This cannot be undone.",
            "Delete key",
        ),
        _ => return None,
    };
    let back = format!("{PATH}/{client}/keys/{}", key.id);
    Some(Question {
        title: format!("{title} {}?", key.name),
        about: about.to_owned(),
        action: format!("{back}/{deed}"),
        back,
        button,
        typed: (deed == "delete").then(|| key.name.clone()),
        grace: if deed == "refresh" { GRACE } else { &[] },
    })
}

/// `GET /console/clients/{id}/keys/{key}/{deed}`
pub(super) async fn ask(
    State(console): State<Console>,
    me: Me,
    Path((id, key, deed)): Path<(ClientId, KeyId, String)>,
) -> Result<Response, Oops> {
    me.must(Privilege::ManageKeys)?;
    let key = key_of(&console, &me, id, key).await?;
    let question = question(&deed, id, &key).ok_or_else(Oops::no_page)?;
    question.ask(&console, &me, PATH).await
}

/// `POST /console/clients/{id}/keys/{key}/{deed}`
pub(super) async fn answer(
    State(console): State<Console>,
    me: Me,
    Path((id, key, deed)): Path<(ClientId, KeyId, String)>,
    Posted(fields): Posted,
) -> Result<Response, Oops> {
    let listed = find(&console, &me, id).await?;
    let key = key_of(&console, &me, id, key).await?;
    let question = question(&deed, id, &key).ok_or_else(Oops::no_page)?;
    if let Err(again) = question.confirmed(&console, &me, PATH, &fields).await? {
        return Ok(again);
    }
    let actor = me.actor();
    match deed.as_str() {
        "refresh" => {
            // What is no number is as if nothing was chosen; the action says which numbers may be.
            let grace = fields.text("grace").parse().unwrap_or_default();
            let issued = console.actions.refresh_key(&actor, id, key.id, grace).await?;
            shown_once(&console, &me, &listed, &issued).await
        }
        "disable" => {
            console.actions.disable_key(&actor, id, key.id).await?;
            let flash = Flash::good("The key is inactive. Calls with it are refused.");
            Ok(flash.then(&format!("{PATH}/{id}/keys/{}", key.id), me.visit.secure))
        }
        _ => {
            console.actions.delete_key(&actor, id, key.id).await?;
            let flash = Flash::good(format!("The key {} is deleted.", key.name));
            Ok(flash.then(&format!("{PATH}/{id}"), me.visit.secure))
        }
    }
}
