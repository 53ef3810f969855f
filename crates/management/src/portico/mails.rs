//! `/api/portico/v1/mails`: what was written to whom, and how far it got. What a mail says is not shown, as it
//! may hold a link that signs somebody in.

use axum::extract::State;
use model::id::{MailId, PortalId};
use model::mail::{Mail, MailKind, MailState};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::Management;
use crate::answer::{Answer, Data, SUCCESS, Success};
use crate::caller::Caller;
use crate::page::{Listed, PageQuery};
use crate::problem::{Missing, Problem, Refused};
use crate::request::{Path, Query};
use crate::zone::Zone;

/// A mail, without what it says.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Mail)]
pub(crate) struct ShownMail {
    /// Its id.
    #[schema(value_type = i64, example = 94)]
    id: MailId,
    /// What it is about.
    #[schema(value_type = String, example = "invitation")]
    kind: MailKind,
    /// To whom.
    #[schema(example = "ada@example.com")]
    recipient: String,
    /// Its subject line.
    #[schema(example = "Your invitation to the developer portal")]
    subject: String,
    /// How far it got: it waits, a mail server took it, it was shown on the terminal, it was given up, or its link
    /// stopped working before.
    #[schema(value_type = String, example = "failed")]
    state: MailState,
    /// How often it was tried to send it.
    #[schema(example = 3)]
    attempts: i64,
    /// Why the last attempt failed.
    #[schema(example = "550 no such box")]
    error: Option<String>,
    /// The portal that it tells of; null for the console.
    #[schema(value_type = Option<i64>, example = 37)]
    api_portal_id: Option<PortalId>,
    /// When it is tried next, while it waits.
    #[schema(example = "2025-02-12T08:36:51.748+05:30", format = DateTime)]
    next_attempt_at: Option<String>,
    /// When the link in it stops working.
    #[schema(example = "2025-02-12T08:51:51.748+05:30", format = DateTime)]
    expires_at: Option<String>,
    /// When it was written.
    #[schema(example = "2025-02-12T08:36:51.748+05:30", format = DateTime)]
    created_at: String,
    /// When a mail server took it.
    #[schema(example = "2025-02-12T08:36:53.102+05:30", format = DateTime)]
    sent_at: Option<String>,
}

impl ShownMail {
    fn new(zone: &Zone, mail: Mail) -> Self {
        let waits = mail.state == MailState::Waiting;
        Self {
            id: mail.id,
            kind: mail.kind,
            recipient: mail.recipient,
            subject: mail.subject,
            state: mail.state,
            attempts: mail.attempts,
            error: mail.error,
            api_portal_id: mail.portal,
            next_attempt_at: waits.then(|| zone.time(mail.next_attempt_at)),
            expires_at: mail.expires_at.map(|at| zone.time(at)),
            created_at: zone.time(mail.created_at),
            sent_at: mail.sent_at.map(|at| zone.time(at)),
        }
    }
}

/// Lists mail, newest first.
#[utoipa::path(
    get,
    path = "/api/portico/v1/mails",
    tag = "Mail",
    params(PageQuery),
    responses((status = OK, description = "One page of mail", body = Listed<ShownMail>)),
)]
pub(crate) async fn list_mails(
    caller: Caller,
    State(management): State<Management>,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Listed<ShownMail>>, Problem> {
    let page = page.page()?;
    let mails = store::mails::list(&management.db, caller.workspace(), page).await?;
    Ok(Answer(Listed::new(mails, page, |mail| ShownMail::new(caller.zone(), mail))))
}

/// A mail in the path.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct MailPath {
    /// Id of the mail.
    #[param(value_type = i64, example = 94)]
    mail_id: MailId,
}

/// Shows a mail.
#[utoipa::path(
    get,
    path = "/api/portico/v1/mails/{mail_id}",
    tag = "Mail",
    params(MailPath),
    responses((status = OK, description = "The mail", body = Data<ShownMail>), Missing),
)]
pub(crate) async fn get_mail(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<MailPath>,
) -> Result<Answer<Data<ShownMail>>, Problem> {
    let mail = store::mails::find(&management.db, caller.workspace(), path.mail_id).await?;
    let mail = mail.ok_or_else(|| Problem::missing("mail"))?;
    Ok(Answer(Data { data: ShownMail::new(caller.zone(), mail) }))
}

/// Lets a mail that was given up be tried again.
#[utoipa::path(
    post,
    path = "/api/portico/v1/mails/{mail_id}/retry",
    tag = "Mail",
    params(MailPath),
    responses((status = OK, description = "It waits to be sent", body = Success), Missing, Refused),
)]
pub(crate) async fn retry_mail(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<MailPath>,
) -> Result<Answer<Success>, Problem> {
    management.actions.retry_mail(caller.actor(), path.mail_id).await?;
    Ok(SUCCESS)
}

/// The link in a mail.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MailLink {
    /// The link. It works once, for whoever has it.
    #[schema(example = "https://acme.developers.example.com/sign-in/link/72b378def0c1d83e")]
    link: String,
}

/// Shows the link in a mail of a portal that was not sent, to be handed over in another way. Links of members are
/// never shown. The audit trail has who saw it.
#[utoipa::path(
    post,
    path = "/api/portico/v1/mails/{mail_id}/link",
    tag = "Mail",
    params(MailPath),
    responses((status = OK, description = "The link", body = Data<MailLink>), Missing, Refused),
)]
pub(crate) async fn show_mail_link(
    caller: Caller,
    State(management): State<Management>,
    Path(path): Path<MailPath>,
) -> Result<Answer<Data<MailLink>>, Problem> {
    let link = management.actions.show_mail_link(caller.actor(), path.mail_id).await?;
    Ok(Answer(Data { data: MailLink { link } }))
}
