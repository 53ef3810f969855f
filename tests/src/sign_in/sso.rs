use reqwest::StatusCode;

use crate::world::{Browser, Certificate, Database, IdentityProvider, Seen, Server, portico_in};

/// A server whose console has a provider.
struct Site {
    server: Server,
    provider: IdentityProvider,
    _certificate: Certificate,
}

impl Site {
    async fn new() -> Self {
        let certificate = Certificate::new();
        let provider = IdentityProvider::start(&certificate).await;
        let file = certificate.file("cert.pem");
        let variables = [
            ("SSL_CERT_FILE", file.as_str()),
            ("PORTICO__OUTBOUND__ALLOW", "[\"localhost\"]"),
            ("PORTICO__CONTROL__SSO__NAME", "Example Inc."),
            ("PORTICO__CONTROL__SSO__ISSUER", provider.issuer.as_str()),
            ("PORTICO__CONTROL__SSO__CLIENT_ID", "portico"),
            ("PORTICO__CONTROL__SSO__CLIENT_SECRET", "secret-of-the-door"),
        ];
        let server = Server::start_with(&Database::sqlite(), &["serve"], &variables).await;
        let callback = format!("{}/console/sign-in/sso/callback", server.control);
        provider.sends_back_to(&callback).await;
        Self { server, provider, _certificate: certificate }
    }

    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.server.control)
    }

    async fn invite(&self, email: &str) -> String {
        let invited = portico_in(&self.server.database, &["admin", "invite", email]).await;
        String::from_utf8(invited.stdout).unwrap().trim().to_owned()
    }

    /// To the provider, and up to where it sends the browser back to.
    async fn go(&self, browser: &mut Browser, from: &str) -> String {
        let mut next = browser.get(&self.at(from)).await.location.expect("it leads to the provider");
        assert!(next.starts_with(&self.provider.issuer), "{next}");
        loop {
            let seen = browser.get(&self.provider.seen_from_browser(&next)).await;
            next = seen.location.unwrap_or_else(|| panic!("{} {}", seen.status, seen.text));
            if next.starts_with(&self.server.control) {
                return next;
            }
        }
    }

    /// There and back.
    async fn come(&self, browser: &mut Browser, from: &str) -> Seen {
        let back = self.go(browser, from).await;
        browser.get(&back).await
    }
}

#[tokio::test]
async fn an_invited_member_comes_in_with_a_verified_address_and_is_known_afterwards() {
    let site = Site::new().await;
    site.invite("ada@example.test").await;
    let page = Browser::new().get(&site.at("/console/sign-in")).await;
    assert!(page.text.contains("Continue with Example Inc."), "{}", page.text);
    site.provider.shows("ada", "ada@example.test", "yes").await;
    let seen = site.come(&mut Browser::new(), "/console/sign-in/sso?next=%2Fconsole%2Faudit").await;
    assert_eq!(seen.location.as_deref(), Some("/console/audit"), "{}", seen.text);
    // From then on it is the subject that counts, whatever the address is.
    site.provider.shows("ada", "lovelace@example.test", "no").await;
    let mut browser = Browser::new();
    let seen = site.come(&mut browser, "/console/sign-in/sso").await;
    assert_eq!(seen.location.as_deref(), Some("/console"), "{}", seen.text);
    let log = browser.get(&site.at("/console/audit?q=identity.linked")).await;
    assert!(log.text.contains("1 in all"), "{}", log.text);
    // Another one with her address is not her.
    site.provider.shows("eve", "ada@example.test", "yes").await;
    let seen = site.come(&mut Browser::new(), "/console/sign-in/sso").await;
    assert_eq!(seen.status, StatusCode::FORBIDDEN, "{}", seen.text);
}

#[tokio::test]
async fn nobody_comes_in_without_an_invitation_or_with_an_address_that_is_not_verified() {
    let site = Site::new().await;
    let invitation = site.invite("ada@example.test").await;
    for (sub, email, verified) in [("eve", "eve@example.test", "yes"), ("mallory", "ada@example.test", "no")]
    {
        site.provider.shows(sub, email, verified).await;
        let seen = site.come(&mut Browser::new(), "/console/sign-in/sso").await;
        assert_eq!(seen.status, StatusCode::FORBIDDEN, "{sub}: {}", seen.text);
        assert!(seen.cookies.iter().all(|cookie| !cookie.starts_with("portico_console=")));
    }
    // The invitation itself is proof of the address.
    let (_, token) = invitation.rsplit_once('/').unwrap();
    let from = format!("/console/sign-in/sso?invitation={token}");
    let seen = site.come(&mut Browser::new(), &from).await;
    assert_eq!(seen.location.as_deref(), Some("/console"), "{}", seen.text);
    assert_eq!(Browser::new().get(&invitation).await.status, StatusCode::GONE, "it is used up");
}

#[tokio::test]
async fn an_answer_is_good_once_and_in_the_browser_that_asked() {
    let site = Site::new().await;
    site.invite("ada@example.test").await;
    site.provider.shows("ada", "ada@example.test", "yes").await;
    let mut victim = Browser::new();
    let back = site.go(&mut victim, "/console/sign-in/sso").await;
    let stolen = Browser::new().get(&back).await;
    assert_eq!(stolen.status, StatusCode::UNPROCESSABLE_ENTITY, "another browser");
    let seen = victim.get(&back).await;
    assert_eq!(seen.location.as_deref(), Some("/console"), "{}", seen.text);
    assert_eq!(victim.get(&back).await.status, StatusCode::UNPROCESSABLE_ENTITY, "a second time");

    let mut browser = Browser::new();
    let back = site.go(&mut browser, "/console/sign-in/sso").await;
    for forged in [
        back.replace("state=", "state=0"),
        back.replace("code=", "code=0"),
        format!("{}/console/sign-in/sso/callback", site.server.control),
    ] {
        let seen = browser.get(&forged).await;
        assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY, "{forged}: {}", seen.text);
    }
    let mut browser = Browser::new();
    let back = site.go(&mut browser, "/console/sign-in/sso").await;
    let (other, _) = back.split_once("iss=").expect("the provider names itself");
    let seen = browser.get(&format!("{other}iss=https%3A%2F%2Fother.example")).await;
    assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", seen.text);
}
