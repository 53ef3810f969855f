//! `/console/collections/new/{draft}`: what would come of a document, and the decision to publish it.

use actions::{
    CollectionDraft, Error, Preview, PreviewedOperation, PublicationPatch, Source, UnservedOperation,
};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use model::access::Privilege;
use model::collection::{Version, handle};
use model::id::{DocumentDraftId, PortalId};
use site::form::Kind;
use site::request::Path;
use site::{Field, Fields, Flash, Frame, Oops, Page, Posted};

use super::PATH;
use crate::Console;
use crate::choices::{self, Offer};
use crate::me::{Me, Side};

/// The most operations that are shown; nobody reads more before publishing.
const SHOWN: usize = 200;

/// The most warnings that are shown.
const WARNINGS: usize = 50;

#[derive(Template)]
#[template(path = "admin/collections/preview.html")]
struct Looked {
    frame: Frame,
    side: Side,
    draft: DocumentDraftId,
    title: String,
    api_version: String,
    openapi_version: String,
    operations: Vec<PreviewedOperation>,
    total: String,
    /// How many more there are; empty if all are shown.
    more: String,
    unserved: Vec<UnservedOperation>,
    warnings: Vec<site::text::Ticked>,
    more_warnings: i64,
    name: Field,
    version: Field,
    upstream: Field,
    connections: Vec<Offer>,
    connection: String,
    projects: Vec<Offer>,
    project: String,
    portals: Vec<(PortalId, String, bool)>,
    is_active: bool,
    /// Where it will be called, as long as the name stays.
    url: String,
    problem: Option<String>,
}

pub(super) async fn show(
    State(console): State<Console>,
    me: Me,
    Path(draft): Path<DocumentDraftId>,
) -> Result<Response, Oops> {
    let preview = look(&console, &me, draft).await?;
    Ok(page(&console, &me, draft, preview, None).await?.into_response())
}

async fn look(console: &Console, me: &Me, draft: DocumentDraftId) -> Result<Preview, Oops> {
    let draft = console.actions.document_draft(&me.actor(), None, draft).await?;
    Ok(console.actions.preview_document(&me.actor(), Source::Draft(Box::new(draft))).await?)
}

async fn page(
    console: &Console,
    me: &Me,
    draft: DocumentDraftId,
    preview: Preview,
    failed: Option<(&Fields, &Error)>,
) -> Result<Page<Looked>, Oops> {
    let (frame, side) = me.around(console, PATH).await?;
    let Preview { title, api_version, openapi_version, mut operations, unserved, mut warnings, servers } =
        preview;
    let total = site::text::length(operations.len());
    operations.truncate(SHOWN);
    let more_warnings = site::text::length(warnings.len().saturating_sub(WARNINGS));
    warnings.truncate(WARNINGS);
    let suggestion = servers.iter().find(|server| server.starts_with("http"));
    let upstream = Field::new("upstream", "Or a new backend").optional().mono().kind(Kind::Url).max(2_048);
    let mut name = Field::new("name", "Name").max(255).value(&*title);
    let mut version = Field::new("version", "Version").max(10).value(Version::default().as_str()).help(
        "Callers see it at the end of the path. Another version of the same name can be published beside it.",
    );
    let mut upstream = upstream.help(match suggestion {
        Some(server) => format!("Its base URL. The document names `{server}`."),
        None => "Its base URL, such as `https://backend.example.com/v1`.".to_owned(),
    });
    let mut problem = None;
    if let Some((fields, error)) = failed {
        (name, version, upstream) = (name.given(fields), version.given(fields), upstream.given(fields));
        match error {
            Error::Invalid(faults) | Error::Unknown(faults) => {
                name = name.faulted(faults, "name");
                version = version.faulted(faults, "version");
                upstream = upstream.faulted(faults, "upstream");
                let others =
                    faults.iter().filter(|(field, _)| !["name", "version", "upstream"].contains(field));
                let others: Vec<_> = others.map(|(_, message)| message).collect();
                problem = Some(site::sentence(&others.join("; "))).filter(|_| !others.is_empty());
            }
            Error::Conflict { message, .. } => version = version.error(site::sentence(message)),
            error => problem = Some(site::sentence(&error.to_string())),
        }
    }
    let fields = failed.map(|(fields, _)| fields);
    let given = |name: &str| fields.map(|fields| fields.text(name).to_owned()).unwrap_or_default();
    let is_ticked = |portal: PortalId| {
        fields.is_some_and(|fields| fields.all("portal").any(|id| id == portal.to_string()))
    };
    let portals = match me.may(Privilege::ManagePortals) {
        true => choices::portals(console, me).await?,
        false => Vec::new(),
    };
    let is_version = Version::parse(&version.value).unwrap_or_default();
    let path = handle(&name.value, &is_version);
    Ok(Page::new(Looked {
        frame,
        side,
        draft,
        title,
        api_version,
        openapi_version,
        more: match total - site::text::length(operations.len()) {
            0 => String::new(),
            more => site::text::number(more),
        },
        operations,
        total: site::text::count(total, "endpoint", "endpoints"),
        unserved,
        warnings: warnings.into_iter().map(site::text::ticked).collect(),
        more_warnings,
        url: format!("{}/{}/{path}", console.gateway_url(), me.operator.workspace.handle),
        name,
        version,
        upstream,
        connections: choices::connections(console, me, "None: answer from the examples (mock)").await?,
        connection: given("connection"),
        projects: choices::projects(console, me).await?,
        project: given("project"),
        portals: portals.into_iter().map(|(id, name)| (id, name, is_ticked(id))).collect(),
        is_active: fields.is_none_or(|fields| fields.has("activate")),
        problem,
    }))
}

pub(super) async fn decide(
    State(console): State<Console>,
    me: Me,
    Path(draft): Path<DocumentDraftId>,
    Posted(fields): Posted,
) -> Result<Response, Oops> {
    if fields.text("deed") == "forget" {
        console.actions.forget_draft(&me.actor(), draft).await?;
        return Ok(
            Flash::good("The document was thrown away; nothing was published.").then(PATH, me.visit.secure)
        );
    }
    match publish(&console, &me, draft, &fields).await {
        Ok((id, flash)) => Ok(flash.then(&format!("{PATH}/{id}"), me.visit.secure)),
        Err(error @ (Error::Invalid(_) | Error::Unknown(_) | Error::Conflict { .. } | Error::Refused(_))) => {
            let preview = look(&console, &me, draft).await?;
            let page = page(&console, &me, draft, preview, Some((&fields, &error))).await?;
            Ok(page.unprocessable().into_response())
        }
        Err(error) => Err(error.into()),
    }
}

async fn publish(
    console: &Console,
    me: &Me,
    draft: DocumentDraftId,
    fields: &Fields,
) -> actions::Result<(model::id::CollectionId, Flash)> {
    let (actions, actor) = (&console.actions, me.actor());
    let upstream = Some(fields.text("upstream").trim().to_owned()).filter(|text| !text.is_empty());
    let connection = choices::chosen(fields, "connection");
    if upstream.is_some() && connection.is_some() {
        let message = "and a connection are given; leave one of them out";
        return Err(actions::Faults::of("upstream", message).into());
    }
    let read = actions.document_draft(&actor, None, draft).await?;
    let created = actions
        .create_collection(
            &actor,
            CollectionDraft {
                name: fields.text("name").to_owned(),
                version: Some(fields.text("version").to_owned()),
                project: choices::chosen(fields, "project").map(model::id::ProjectId),
                connection: connection.map(model::id::ConnectionId),
                upstream,
                specification: Some(Source::Draft(Box::new(read))),
                activate: fields.has("activate"),
            },
        )
        .await?;
    let collection = created.collection;
    let mut refused = None;
    for portal in fields.all("portal").filter_map(|id| id.parse().ok()).map(PortalId) {
        let patch = PublicationPatch::default();
        let published = actions.publish_collection(&actor, portal, collection.id, patch).await;
        refused = refused.or(published.err());
    }
    actions.forget_draft(&actor, draft).await?;
    let flash = match refused {
        None => Flash::good(format!("{} {} is published.", collection.name, collection.version)),
        Some(error) => Flash::warn(format!(
            "{} {} is here, but one of the portals does not show it: {error}.",
            collection.name, collection.version
        )),
    };
    Ok((collection.id, flash))
}
