//! Inviting many developers from a list: it is chosen or pasted, looked at line by line, and sent as a
//! whole. Nothing is kept in between: the list goes back and forth in the form.

mod lines;

use actions::{Error, Invitable, PortalUserDraft};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use model::access::Privilege;
use model::id::{ClientId, PortalId};
use site::form::Kind;
use site::request::Path;
use site::text::{count, length};
use site::{Choice, Field, Flash, Frame, Oops, Page, Posted, Uploaded};

use super::people::clients;
use super::{PATH, address, find};
use crate::Console;
use crate::me::{Me, Side};

use lines::{Line, read};

#[derive(Template)]
#[template(path = "admin/portal_import.html")]
struct Import {
    frame: Frame,
    side: Side,
    portal: PortalId,
    portal_name: String,
    list: Field,
    file_error: Option<String>,
    client: Choice,
    most: usize,
    seen: Option<Seen>,
}

/// What a list comes to.
struct Seen {
    rows: Vec<Row>,
    sound: usize,
    there: usize,
    wrong: usize,
    /// The list as it was looked at, and the client of those without one.
    list: String,
    client: String,
    problem: Option<String>,
}

struct Row {
    line: u64,
    email: String,
    name: String,
    clients: String,
    tone: &'static str,
    state: &'static str,
    error: String,
}

async fn page(
    console: &Console,
    me: &Me,
    id: PortalId,
    (list, client): (&str, &str),
    file_error: Option<String>,
    seen: Option<Seen>,
) -> Result<Page<Import>, Oops> {
    me.must(Privilege::ManagePortalUsers)?;
    let portal = find(console, me, id).await?;
    let (frame, side) = me.around(console, PATH).await?;
    let choice = Choice::new("client", "Client of those whom the list gives none")
        .pick("", "None: they look around only");
    let chosen = client.parse::<ClientId>().ok();
    let choice = clients(console, me, choice, chosen.as_slice()).await?;
    let list = Field::new("list", "Or paste the list")
        .kind(Kind::Area(8))
        .optional()
        .mono()
        .help("One developer a line: `email, name, client`. Only the email is needed; a first line may name the columns. Several clients stand between `|`.")
        .value(list);
    let page = Import {
        frame,
        side,
        portal: id,
        portal_name: portal.name,
        list,
        file_error,
        client: choice,
        most: actions::INVITATIONS_BY_LIST,
        seen,
    };
    Ok(Page::new(page))
}

/// `GET /console/portals/{id}/people/list`
pub(super) async fn blank(
    State(console): State<Console>,
    me: Me,
    Path(id): Path<PortalId>,
) -> Result<Response, Oops> {
    Ok(page(&console, &me, id, ("", ""), None, None).await?.into_response())
}

/// `POST /console/portals/{id}/people/list`: looks at a list, and changes nothing.
pub(super) async fn look(
    State(console): State<Console>,
    me: Me,
    Path(id): Path<PortalId>,
    mut form: Uploaded,
) -> Result<Response, Oops> {
    me.must(Privilege::ManagePortalUsers)?;
    let client = form.fields.text("client").to_owned();
    let pasted = form.fields.text("list").to_owned();
    // A file that was chosen counts more than what may still stand in the field.
    let list = match form.take("file").map(|file| String::from_utf8(file.content)) {
        None => pasted,
        Some(Ok(text)) => text,
        Some(Err(_)) => {
            let error = "The file is no text in UTF-8. Save it as CSV in UTF-8.".to_owned();
            let page = page(&console, &me, id, (&pasted, &client), Some(error), None).await?;
            return Ok(page.unprocessable().into_response());
        }
    };
    match judge(&console, &me, id, &list, &client).await? {
        Ok((seen, _)) => {
            let given = (seen.list.clone(), seen.client.clone());
            let wrong = seen.wrong > 0;
            let page = page(&console, &me, id, (&given.0, &given.1), None, Some(seen)).await?;
            Ok(if wrong { page.unprocessable() } else { page }.into_response())
        }
        Err(error) => {
            let page = page(&console, &me, id, (&list, &client), Some(error), None).await?;
            Ok(page.unprocessable().into_response())
        }
    }
}

/// `POST /console/portals/{id}/people/list/send`: invites everyone on the list who can be, all of them or
/// nobody.
pub(super) async fn send(
    State(console): State<Console>,
    me: Me,
    Path(id): Path<PortalId>,
    Posted(fields): Posted,
) -> Result<Response, Oops> {
    me.must(Privilege::ManagePortalUsers)?;
    let (list, client) = (fields.text("list"), fields.text("client"));
    let (mut seen, drafts) = match judge(&console, &me, id, list, client).await? {
        Ok(judged) => judged,
        Err(error) => {
            let page = page(&console, &me, id, (list, client), Some(error), None).await?;
            return Ok(page.unprocessable().into_response());
        }
    };
    // What was looked at is what is sent: if somebody else changed what it comes to, it is shown again.
    let is_same = fields.text("sound") == seen.sound.to_string();
    if is_same && seen.sound > 0 {
        match console.actions.invite_by_list(&me.actor(), id, &drafts).await {
            Ok(invited) => {
                let sent = count(length(invited.len()), "invitation is", "invitations are");
                let left = match seen.wrong {
                    0 => String::new(),
                    wrong => format!(" {} left out.", count(length(wrong), "line was", "lines were")),
                };
                let flash = Flash::good(format!("{sent} on the way.{left}"));
                return Ok(flash.then(&address(id, "people"), me.visit.secure));
            }
            Err(fault @ (Error::Refused(_) | Error::Invalid(_))) => {
                seen.problem = Some(site::sentence(&fault.to_string()));
            }
            Err(error) => return Err(error.into()),
        }
    } else {
        seen.problem =
            Some("Something has changed since you looked. Nobody was invited; look again.".to_owned());
    }
    let given = (seen.list.clone(), seen.client.clone());
    let page = page(&console, &me, id, (&given.0, &given.1), None, Some(seen)).await?;
    Ok(page.unprocessable().into_response())
}

/// What a list comes to, and those on it who can be invited; else what is wrong with it as a whole.
async fn judge(
    console: &Console,
    me: &Me,
    id: PortalId,
    list: &str,
    client: &str,
) -> Result<Result<(Seen, Vec<PortalUserDraft>), String>, Oops> {
    let lines = match read(list, actions::INVITATIONS_BY_LIST) {
        Ok(lines) => lines,
        Err(error) => return Ok(Err(error)),
    };
    let default = client.parse::<ClientId>().ok();
    let mut drafts = Vec::with_capacity(lines.len());
    let mut unknown = Vec::with_capacity(lines.len());
    for line in &lines {
        let (clients, missing) = named(console, me, line, default).await?;
        drafts.push(PortalUserDraft { email: line.email.clone(), name: line.name.clone(), clients });
        unknown.push(missing);
    }
    let judged = console.actions.check_invitations(&me.actor(), id, &drafts).await?;
    let (mut rows, mut sound) = (Vec::with_capacity(lines.len()), Vec::new());
    let (mut there, mut wrong) = (0, 0);
    for (((line, draft), judged), missing) in lines.into_iter().zip(drafts).zip(judged).zip(unknown) {
        let judged = match missing {
            Some(error) => Invitable::No(error),
            None => judged,
        };
        let (tone, state, error) = match judged {
            Invitable::Yes => {
                sound.push(draft);
                ("good", "will be invited", String::new())
            }
            Invitable::IsThere => {
                there += 1;
                ("", "is here already", String::new())
            }
            Invitable::No(error) => {
                wrong += 1;
                ("bad", "cannot be invited", site::sentence(&error))
            }
        };
        let clients = line.clients.join(", ");
        rows.push(Row { line: line.number, email: line.email, name: line.name, clients, tone, state, error });
    }
    let (list, client) = (list.to_owned(), client.to_owned());
    Ok(Ok((Seen { rows, sound: sound.len(), there, wrong, list, client, problem: None }, sound)))
}

/// The clients that a line names, or the default one; and what is wrong with a name.
async fn named(
    console: &Console,
    me: &Me,
    line: &Line,
    default: Option<ClientId>,
) -> Result<(Vec<ClientId>, Option<String>), Oops> {
    let mut ids = Vec::new();
    for name in &line.clients {
        let filter = store::clients::Filter { text: Some(name), ..store::clients::Filter::default() };
        let page = model::page::Page::default();
        let found = store::clients::search(&console.db, me.workspace(), filter, page).await?.rows;
        let mut same = found.iter().filter(|listed| listed.client.name.to_lowercase() == name.to_lowercase());
        match (same.next(), same.next()) {
            (Some(one), None) => ids.push(one.client.id),
            (Some(_), Some(_)) => {
                return Ok((ids, Some(format!("there are several clients called `{name}`; rename one"))));
            }
            (None, _) => {
                return Ok((ids, Some(format!("there is no client called `{name}`; create it first"))));
            }
        }
    }
    if ids.is_empty() {
        ids.extend(default);
    }
    Ok((ids, None))
}
