//! What developers ask for, and what becomes of it.

use model::access::Privilege;
use model::access_request::{REASON_CHARACTERS, RequestState};
use model::audit::Deed;
use model::id::{AccessRequestId, ClientId, CollectionId};
use model::portal::Visibility;
use serde_json::{Value, json};
use store::Tx;
use store::access_requests::{ListedRequest, NewAccessRequest};

use crate::actor::Subject;
use crate::{Actions, Actor, Error, Faults, Result, portals, text};

/// A wish of a portal user.
#[derive(Debug, Clone)]
pub struct AccessRequestDraft {
    /// Which of the own clients is to call.
    pub client: ClientId,
    /// What it is to call.
    pub collection: CollectionId,
    /// What for.
    pub reason: String,
}

impl Actions {
    /// Asks, as a portal user, that one of the own clients may call a collection. Where the portal says
    /// so, it may at once.
    pub async fn request_access(&self, actor: &Actor, draft: AccessRequestDraft) -> Result<ListedRequest> {
        let mut faults = Faults::default();
        let reason = text::words("reason", &draft.reason, REASON_CHARACTERS, &mut faults);
        if reason.is_empty() {
            faults.add("reason", "can't be blank; say what you will use it for");
        }
        faults.check()?;
        let (client, collection) = (draft.client, draft.collection);
        let mut tx = self.db.begin().await?;
        let user = self.acting(&mut tx, actor).await?;
        if !user.clients.contains(&client) {
            return Err(Error::Missing("API client"));
        }
        let published = store::publications::find(&mut tx, user.portal, collection).await?;
        let published = published.ok_or(Error::Missing("API collection"))?;
        let caller = store::clients::find(&mut tx, actor.scope(), client).await?;
        let caller = caller.ok_or(Error::Missing("API client"))?;
        if caller.collections.iter().any(|assigned| assigned.id == collection) {
            return Err(Error::Refused("this API client may call this API collection already".to_owned()));
        }
        if published.visibility == Visibility::Assigned {
            return Err(Error::Missing("API collection"));
        }
        check_may_be_granted(caller.client.is_legacy)?;
        let now = self.environment.now();
        let (workspace, portal) = (actor.workspace.id, user.portal);
        let new = NewAccessRequest { workspace, portal, user: user.id, client, collection, reason: &reason };
        let id = unless_pending(store::access_requests::insert(&mut tx, new, now).await)?;
        let asked = load(&mut tx, actor, id).await?;
        let details = json!({ "after": shown(&asked) });
        self.record(&mut tx, actor, Deed::AccessRequested, subject(&asked), details).await?;
        match published.auto_approve {
            true => self.decide(&mut tx, actor, &asked, RequestState::Approved, None, None).await?,
            false => self.tell_deciders(&mut tx, actor, &asked).await?,
        }
        let request = load(&mut tx, actor, id).await?;
        actor.commit(tx).await?;
        self.post();
        Ok(request)
    }

    /// Lets the client call what was asked for, from the next call on.
    pub async fn approve_access(
        &self,
        actor: &Actor,
        id: AccessRequestId,
        note: Option<&str>,
    ) -> Result<ListedRequest> {
        self.decide_access(actor, id, RequestState::Approved, note).await
    }

    /// Says no to what was asked for.
    pub async fn reject_access(
        &self,
        actor: &Actor,
        id: AccessRequestId,
        note: Option<&str>,
    ) -> Result<ListedRequest> {
        self.decide_access(actor, id, RequestState::Rejected, note).await
    }

    async fn decide_access(
        &self,
        actor: &Actor,
        id: AccessRequestId,
        state: RequestState,
        note: Option<&str>,
    ) -> Result<ListedRequest> {
        actor.must(Privilege::DecideRequests)?;
        let mut faults = Faults::default();
        let note = note.map(|note| text::words("note", note, REASON_CHARACTERS, &mut faults));
        let note = note.filter(|note| !note.is_empty());
        faults.check()?;
        let mut tx = self.db.begin().await?;
        let asked = load(&mut tx, actor, id).await?;
        actor.saw(asked.request.updated_at())?;
        if asked.request.state != RequestState::Pending {
            let message = format!("this access request was {} already", asked.request.state.as_str());
            return Err(Error::Refused(message));
        }
        let by = Some(actor.origin.name.as_str());
        self.decide(&mut tx, actor, &asked, state, by, note.as_deref()).await?;
        let decided = load(&mut tx, actor, id).await?;
        let portal = portals::load(&mut tx, actor, decided.request.portal).await?;
        self.tell_decision(&mut tx, &portal, &decided).await?;
        actor.commit(tx).await?;
        self.post();
        Ok(decided)
    }

    /// Writes a decision with its audit line, and does what it says.
    async fn decide(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        asked: &ListedRequest,
        state: RequestState,
        by: Option<&str>,
        note: Option<&str>,
    ) -> Result<()> {
        let request = &asked.request;
        if state == RequestState::Approved {
            let caller = store::clients::find(&mut *tx, actor.scope(), request.client).await?;
            check_may_be_granted(caller.ok_or(Error::Missing("API client"))?.client.is_legacy)?;
            store::clients::allow(tx, request.client, request.collection).await?;
        }
        store::access_requests::decide(tx, request.id, state, by, note, self.environment.now()).await?;
        let decided = load(tx, actor, request.id).await?;
        let deed = match state {
            RequestState::Rejected => Deed::AccessRejected,
            RequestState::Approved | RequestState::Pending => Deed::AccessApproved,
        };
        let details = json!({ "before": shown(asked), "after": shown(&decided) });
        self.record(tx, actor, deed, subject(&decided), details).await
    }
}

/// A legacy client calls what its access profiles may call, so nothing can be assigned to it.
fn check_may_be_granted(is_legacy: bool) -> Result<()> {
    if is_legacy {
        let message = "this API client is a legacy one, whose access profiles say what it may call; give one of them the collection";
        return Err(Error::Refused(message.to_owned()));
    }
    Ok(())
}

async fn load(tx: &mut Tx, actor: &Actor, id: AccessRequestId) -> Result<ListedRequest> {
    let request = store::access_requests::find(tx, actor.workspace.id, id).await?;
    request.ok_or(Error::Missing("access request"))
}

fn unless_pending<T>(result: store::Result<T>) -> Result<T> {
    result.map_err(|error| match error {
        store::Error::Taken(_) => {
            let message =
                "this API client has a pending request for this API collection; wait until it is decided";
            Error::Refused(message.to_owned())
        }
        other => other.into(),
    })
}

fn subject(listed: &ListedRequest) -> Subject<'_> {
    Subject { id: listed.request.id.0, name: &listed.collection }
}

fn shown(listed: &ListedRequest) -> Value {
    let request = &listed.request;
    json!({
        "api_portal_id": request.portal,
        "portal_user_id": request.user,
        "email": listed.email,
        "api_client_id": request.client,
        "api_collection_id": request.collection,
        "reason": request.reason,
        "state": request.state,
        "note": request.note,
        "decided_by": request.decided_by,
    })
}
