//! Developer API clients: the tokens of the management API.

use actions::{Error, TokenDraft};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use model::access::{Privilege, Role};
use model::id::{DeveloperClientId, ProjectId};
use model::net::{IpRange, IpRules};
use site::form::Kind;
use site::request::{Path, Query};
use site::{Field, Fields, Flash, Frame, Oops, Page, Pager, Posted, When};

use crate::Console;
use crate::list::Wanted;
use crate::me::{Me, Side};

/// Where they are listed.
const PATH: &str = "/console/tokens";

/// Tokens on a page.
const SIZE: i64 = 50;

/// The most lines of a form that are looked at as names of projects.
const PROJECTS: usize = 1_000;

#[derive(Template)]
#[template(path = "admin/tokens.html")]
struct Tokens {
    frame: Frame,
    side: Side,
    rows: Vec<Row>,
    name: Field,
    projects: Field,
    allow: Field,
    roles: Vec<(String, String)>,
    role: String,
    problem: Option<String>,
    pager: Option<Pager>,
}

struct Row {
    id: DeveloperClientId,
    name: String,
    role: Role,
    last_four: String,
    /// The names of the projects that it is restricted to, if it is.
    projects: Option<String>,
    addresses: String,
    issued: When,
    ends: Option<When>,
}

#[derive(Template)]
#[template(path = "admin/token.html")]
struct Issued {
    frame: Frame,
    side: Side,
    name: String,
    token: String,
}

/// `GET /console/tokens`
pub(crate) async fn list(
    State(console): State<Console>,
    me: Me,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Oops> {
    Ok(tokens(&console, &me, &wanted, &Fields::default(), None).await?.into_response())
}

async fn tokens(
    console: &Console,
    me: &Me,
    wanted: &Wanted,
    fields: &Fields,
    fault: Option<&Error>,
) -> Result<Page<Tokens>, Oops> {
    me.must(Privilege::ManageTokens)?;
    let page = wanted.page(SIZE);
    let found = store::developer_clients::list(&console.db, me.workspace(), page).await?;
    let (frame, side) = me.around(console, PATH).await?;
    let mut name = Field::new("name", "Name")
        .max(255)
        .help("What it is for, such as the name of a script.")
        .given(fields);
    let mut projects = Field::new("projects", "Projects")
        .kind(Kind::Area(2))
        .optional()
        .help("Names of the projects that it is restricted to, one a line. Empty: the whole workspace.")
        .given(fields);
    let mut allow = Field::new("allow", "Allowed addresses")
        .kind(Kind::Area(2))
        .optional()
        .mono()
        .help("Addresses and ranges such as 10.1.0.0/16, one a line. Empty: from anywhere.")
        .given(fields);
    let mut problem = None;
    match fault {
        Some(Error::Invalid(faults)) => {
            name = name.faulted(faults, "name");
            projects = projects.faulted(faults, "projects");
            allow = allow.faulted(faults, "allow");
        }
        Some(Error::Conflict { message, .. }) => name = name.error(site::sentence(message)),
        Some(fault) => problem = Some(site::sentence(&fault.to_string())),
        None => {}
    }
    let rows = found.rows.into_iter().map(|client| Row {
        id: client.id,
        name: client.name,
        role: client.role,
        last_four: client.last_four,
        projects: client
            .projects
            .map(|all| all.into_iter().map(|one| one.name).collect::<Vec<_>>().join(", ")),
        addresses: client.rules.allow.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        issued: me.when(client.issued_at),
        ends: client.expires_at.map(|end| me.when(end)),
    });
    let given = Role::ALL.iter().find(|role| role.as_str() == fields.text("role"));
    Ok(Page::new(Tokens {
        frame,
        side,
        rows: rows.collect(),
        name,
        projects,
        allow,
        roles: Role::ALL.iter().map(|role| (role.to_string(), role.to_string())).collect(),
        role: given.unwrap_or(&Role::Publisher).to_string(),
        problem,
        pager: wanted.pager(PATH, page, found.total),
    }))
}

/// The addresses in a text, between commas, blanks or lines.
fn addresses(text: &str) -> Result<Vec<IpRange>, Error> {
    let entries = text.split(|character: char| character == ',' || character.is_whitespace());
    let ranges = entries.filter(|entry| !entry.is_empty()).map(|entry| {
        let message =
            || format!("has `{entry}`, which is neither an address nor a range such as `10.1.0.0/16`");
        IpRange::parse(entry).map_err(|_| Error::Invalid(actions::Faults::of("allow", message())))
    });
    ranges.collect()
}

/// The projects with the names in a text, one a line; `None` if there is none.
async fn projects(console: &Console, me: &Me, text: &str) -> Result<Option<Vec<ProjectId>>, Error> {
    let mut projects = Vec::new();
    for name in text.lines().map(str::trim).filter(|line| !line.is_empty()).take(PROJECTS) {
        let Some(found) = store::projects::by_name(&console.db, me.workspace(), name).await? else {
            let message = format!("has `{name}`, which is the name of no project");
            return Err(actions::Faults::of("projects", message).into());
        };
        projects.push(found.id);
    }
    Ok((!projects.is_empty()).then_some(projects))
}

/// `POST /console/tokens`
pub(crate) async fn create(
    State(console): State<Console>,
    me: Me,
    Posted(fields): Posted,
) -> Result<Response, Oops> {
    let role = fields.text("role").parse::<Role>();
    let role = role.map_err(|fault| Oops::bad_request(format!("The role {fault}.")))?;
    let made = async {
        let rules = IpRules { allow: addresses(fields.text("allow"))?, deny: Vec::new() };
        let projects = projects(&console, &me, fields.text("projects")).await?;
        let name = fields.text("name").to_owned();
        let draft = TokenDraft { name, role, projects, rules, expires_at: None };
        console.actions.create_token(&me.actor(), draft).await
    };
    match made.await {
        Ok(issued) => show(&console, &me, issued.client.name, issued.token.expose()).await,
        Err(error @ (Error::Invalid(_) | Error::Conflict { .. } | Error::Refused(_))) => {
            Ok(tokens(&console, &me, &Wanted::default(), &fields, Some(&error))
                .await?
                .unprocessable()
                .into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// The page that shows a token this once.
async fn show(console: &Console, me: &Me, name: String, token: &str) -> Result<Response, Oops> {
    let (frame, side) = me.around(console, PATH).await?;
    Ok(Page::new(Issued { frame, side, name, token: token.to_owned() }).secret().into_response())
}

/// `POST /console/tokens/{id}`
pub(crate) async fn change(
    State(console): State<Console>,
    me: Me,
    Path(id): Path<DeveloperClientId>,
    Posted(fields): Posted,
) -> Result<Response, Oops> {
    match fields.text("deed") {
        "regenerate" => {
            let issued = console.actions.regenerate_token(&me.actor(), id).await?;
            show(&console, &me, issued.client.name, issued.token.expose()).await
        }
        "delete" => {
            console.actions.delete_token(&me.actor(), id).await?;
            Ok(Flash::good("The token is deleted; calls with it are refused.").then(PATH, me.visit.secure))
        }
        _ => Err(Oops::bad_request("Press one of the buttons.")),
    }
}

#[cfg(test)]
mod tests {
    use super::addresses;

    #[test]
    fn addresses_stand_between_commas_or_on_lines() {
        assert_eq!(addresses(" 10.0.0.1, 10.1.0.0/16\n\n2001:db8::/32 ").unwrap().len(), 3);
        assert_eq!(addresses("").unwrap().len(), 0);
        assert!(addresses("10.0.0.1 nowhere").unwrap_err().to_string().contains("`nowhere`"));
    }
}
