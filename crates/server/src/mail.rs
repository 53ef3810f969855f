//! Sends what is in the outbox: by SMTP, or to the terminal where no mail server is set.

use std::time::Duration;

use actions::{Actions, MailToSend};
use anyhow::{Context as _, Result, anyhow};
use lettre::message::header::ContentType;
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use tokio::sync::watch;

use crate::config::{Mail, MailSecurity};
use crate::console;

/// How long the mail server may take for each step.
const STEP_TIMEOUT: Duration = Duration::from_secs(20);

/// How long sending one mail may take altogether; the outbox hands it out again after five minutes.
const TIMEOUT: Duration = Duration::from_secs(120);

/// How often the outbox is looked into for what another process has put there.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// How often the texts of expired links are forgotten.
const SWEEP_EVERY: Duration = Duration::from_secs(60);

/// How long to wait when the store cannot be read.
const PAUSE: Duration = Duration::from_secs(5);

/// The way out of the house.
pub(crate) enum Carrier {
    /// A mail server.
    Smtp(Smtp),
    /// The terminal.
    Terminal,
}

/// A mail server, and in whose name.
pub(crate) struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    name: String,
}

impl Carrier {
    /// The way that is configured.
    pub(crate) fn of(config: &Mail) -> Result<Self> {
        let from: Mailbox = config.from.parse().map_err(|error| {
            anyhow!("the setting `mail.from` is no address such as `Portico <portico@example.com>`: {error}")
        })?;
        let Some(host) = &config.host else { return Ok(Self::Terminal) };
        let parameters = || {
            TlsParameters::new(host.clone())
                .with_context(|| format!("the setting `mail.host` is no name or address: `{host}`"))
        };
        let (tls, usual) = match config.security {
            MailSecurity::Starttls => (Tls::Required(parameters()?), 587),
            MailSecurity::Tls => (Tls::Wrapper(parameters()?), 465),
            MailSecurity::None => (Tls::None, 25),
        };
        let port = config.port.unwrap_or(usual);
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host)
            .port(port)
            .tls(tls)
            .timeout(Some(STEP_TIMEOUT));
        if let Some(user) = &config.user {
            let password = config.password.clone().unwrap_or_default();
            builder = builder.credentials(Credentials::new(user.clone(), password));
        }
        Ok(Self::Smtp(Smtp { transport: builder.build(), from, name: format!("{host}:{port}") }))
    }

    /// Whether the mail server answers and takes the credentials; what it is, for people.
    pub(crate) async fn check(&self) -> Result<String> {
        let Self::Smtp(smtp) = self else {
            return Ok("no mail server is set; mail is shown on the terminal".to_owned());
        };
        let tested = tokio::time::timeout(TIMEOUT, smtp.transport.test_connection()).await;
        let tested = tested.map_err(|_| anyhow!("the mail server {} does not answer", smtp.name))?;
        match tested {
            Ok(true) => Ok(smtp.name.clone()),
            Ok(false) => Err(anyhow!("the mail server {} is not ready", smtp.name)),
            Err(error) => Err(anyhow!("the mail server {} cannot be used: {}", smtp.name, told(&error))),
        }
    }
}

/// Sends what is in the outbox until `stop` turns true.
pub(crate) async fn deliver(actions: Actions, carrier: Carrier, mut stop: watch::Receiver<bool>) {
    let mut sweep = tokio::time::interval(SWEEP_EVERY);
    loop {
        let wait = match send_all(&actions, &carrier, &stop).await {
            Ok(()) => LOOK_EVERY,
            Err(error) => {
                tracing::warn!(%error, "the outbox cannot be read; mail waits");
                PAUSE
            }
        };
        let sweeps = tokio::select! {
            () = actions.mail_was_written() => false,
            () = tokio::time::sleep(wait) => false,
            _ = sweep.tick() => true,
            _ = stop.wait_for(|stop| *stop) => return,
        };
        if sweeps && let Err(error) = actions.sweep_mail().await {
            tracing::warn!(%error, "old mail could not be forgotten; the next try is in a minute");
        }
    }
}

async fn send_all(actions: &Actions, carrier: &Carrier, stop: &watch::Receiver<bool>) -> actions::Result<()> {
    while !*stop.borrow() {
        if !actions.next_mail_in().await?.is_some_and(|wait| wait.is_zero()) {
            break;
        }
        let Some(mail) = actions.take_mail().await? else { break };
        match carrier {
            Carrier::Terminal => {
                console::say(on_terminal(&mail));
                actions.mail_shown(mail.mail.id).await?;
            }
            Carrier::Smtp(smtp) => hand_over(actions, smtp, &mail).await?,
        }
    }
    Ok(())
}

/// A mail in one line: scripts and people find the link at its end.
fn on_terminal(mail: &MailToSend) -> String {
    let link = mail.text.link.as_deref().map(|link| format!(": {link}")).unwrap_or_default();
    format!("mail to {}, {}{link}", mail.mail.recipient, mail.mail.subject)
}

async fn hand_over(actions: &Actions, smtp: &Smtp, mail: &MailToSend) -> actions::Result<()> {
    let id = mail.mail.id;
    let message = match compose(smtp, mail) {
        Ok(message) => message,
        Err(error) => {
            tracing::warn!(mail = id.0, %error, "a mail cannot be written; it is given up");
            actions.mail_failed(&mail.mail, &error.to_string(), false).await?;
            return Ok(());
        }
    };
    let (error, may_pass) = match tokio::time::timeout(TIMEOUT, smtp.transport.send(message)).await {
        Ok(Ok(_)) => {
            tracing::info!(mail = id.0, "a mail was sent");
            return actions.mail_sent(id).await;
        }
        Ok(Err(error)) => (told(&error), !error.is_permanent()),
        Err(_) => ("the mail server took too long".to_owned(), true),
    };
    match actions.mail_failed(&mail.mail, &error, may_pass).await? {
        Some(again_at) => {
            tracing::warn!(mail = id.0, error, %again_at, "a mail could not be sent; it is tried again");
        }
        None => tracing::error!(mail = id.0, error, "a mail could not be sent; it is given up"),
    }
    Ok(())
}

fn compose(smtp: &Smtp, mail: &MailToSend) -> Result<Message> {
    let to: Mailbox = mail.mail.recipient.parse().context("the address is none that mail can be sent to")?;
    let (plain, html) = (SinglePart::plain(mail.text.text.clone()), SinglePart::html(mail.text.html.clone()));
    let body = MultiPart::alternative().singlepart(plain);
    let body = match &mail.logo {
        Some(logo) => {
            let media_type = ContentType::parse(&logo.media_type).context("the logo has no media type")?;
            // As the HTML names it.
            let logo = Attachment::new_inline("logo".to_owned()).body(logo.bytes.clone(), media_type);
            body.multipart(MultiPart::related().singlepart(html).singlepart(logo))
        }
        None => body.singlepart(html),
    };
    let message = Message::builder().from(smtp.from.clone()).to(to).subject(mail.mail.subject.clone());
    message.multipart(body).context("the mail cannot be written")
}

/// An error with its cause, in one line.
fn told(error: &lettre::transport::smtp::Error) -> String {
    use std::error::Error as _;
    let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
    format!("{error}{cause}").replace(['\r', '\n'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(change: impl FnOnce(&mut Mail)) -> Mail {
        let mut config = Mail {
            host: Some("smtp.example.test".to_owned()),
            port: None,
            security: MailSecurity::Starttls,
            user: None,
            password: Some("secret".to_owned()),
            from: "Portico <portico@example.test>".to_owned(),
        };
        change(&mut config);
        config
    }

    #[tokio::test]
    async fn ports_are_the_usual_ones_unless_told() {
        for (security, port) in
            [(MailSecurity::Starttls, 587), (MailSecurity::Tls, 465), (MailSecurity::None, 25)]
        {
            let Carrier::Smtp(smtp) = Carrier::of(&config(|config| config.security = security)).unwrap()
            else {
                panic!("a host is set")
            };
            assert_eq!(smtp.name, format!("smtp.example.test:{port}"));
        }
        assert!(matches!(Carrier::of(&config(|config| config.host = None)), Ok(Carrier::Terminal)));
    }

    #[tokio::test]
    async fn a_wrong_sender_is_named_and_passwords_are_not_printed() {
        let Err(error) = Carrier::of(&config(|config| config.from = "Portico".to_owned())) else {
            panic!("it is no address")
        };
        assert!(error.to_string().contains("`mail.from`"), "{error}");
        assert!(!format!("{:?}", config(|_| ())).contains("secret"));
    }
}
