use reqwest::StatusCode;

use crate::world::{Browser, Server, portico_in};

const COOKIE: &str = "portico_console";

async fn invite(server: &Server, email: &str, more: &[&str]) -> String {
    let mut arguments = vec!["admin", "invite", email];
    arguments.extend(more);
    let invited = portico_in(&server.database, &arguments).await;
    assert!(invited.status.success(), "{}", String::from_utf8_lossy(&invited.stderr));
    String::from_utf8(invited.stdout).unwrap().trim().to_owned()
}

async fn signed_in(server: &Server, email: &str, more: &[&str]) -> Browser {
    let link = invite(server, email, more).await;
    let mut browser = Browser::new();
    browser.get(&link).await;
    let seen = browser.post(&link, &[]).await;
    assert_eq!(
        (seen.status, seen.location.as_deref()),
        (StatusCode::SEE_OTHER, Some("/console")),
        "{}",
        seen.text
    );
    browser
}

/// The link of the next mail that is shown on the terminal.
async fn link_on_terminal(server: &mut Server) -> String {
    loop {
        let line = tokio::time::timeout(crate::world::PATIENCE, server.lines.recv()).await;
        let line = line.expect("no mail is shown").expect("the server has ended");
        if let Some(rest) = line.strip_prefix("mail to ") {
            return rest.rsplit_once(": ").unwrap().1.to_owned();
        }
    }
}

#[tokio::test]
async fn the_owner_comes_in_by_the_link_of_the_first_start() {
    let mut server = Server::start().await;
    let line = server.lines.recv().await.unwrap();
    let link = line.strip_prefix("to become the owner, open within 7 days: ").expect(&line).to_owned();
    assert!(link.starts_with(&format!("{}/console/sign-in/link/", server.control)), "{link}");
    let mut browser = Browser::new();
    let home = format!("{}/console", server.control);
    let away = browser.get(&home).await;
    assert_eq!(away.location.as_deref(), Some("/console/sign-in?next=%2Fconsole"));
    // Scanners and browsers that look ahead follow links: that burns nothing.
    for _ in 0..3 {
        let seen = Browser::new().get(&link).await;
        assert_eq!(seen.status, StatusCode::OK);
        assert!(seen.text.contains("Accept the invitation"), "{}", seen.text);
        assert!(seen.cookies.iter().all(|cookie| !cookie.starts_with(COOKIE)));
    }
    browser.get(&link).await;
    let seen = browser.post(&link, &[]).await;
    assert_eq!(seen.location.as_deref(), Some("/console"));
    let cookie = seen.cookies.iter().find(|cookie| cookie.starts_with(COOKIE)).unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
    for page in ["", "/account", "/requests", "/members", "/mail", "/audit", "/tokens"] {
        let seen = browser.get(&format!("{home}{page}")).await;
        assert_eq!(seen.status, StatusCode::OK, "{page}: {}", seen.text);
    }
    let again = Browser::new().get(&link).await;
    assert_eq!(again.status, StatusCode::GONE);
    assert!(again.text.contains("Enter your email to request a new link"), "{}", again.text);
}

#[tokio::test]
async fn a_link_by_mail_signs_in_and_out_again_and_nobody_learns_who_is_known() {
    let mut server = Server::start().await;
    drop(signed_in(&server, "ada@example.test", &[]).await);
    let page = format!("{}/console/sign-in", server.control);
    let mut answers = Vec::new();
    for email in ["nobody@example.test", "Ada@example.test"] {
        let mut browser = Browser::new();
        browser.get(&page).await;
        let seen = browser.post(&page, &[("email", email), ("next", "/console/audit")]).await;
        answers.push((seen.status, seen.text.replace(email, "…")));
    }
    assert_eq!(answers[0], answers[1]);
    let link = link_on_terminal(&mut server).await;
    let mut browser = Browser::new();
    // What somebody planted in this browser is worth nothing afterwards.
    browser.plant(&link, COOKIE, &"f".repeat(64));
    browser.get(&link).await;
    browser.post(&link, &[]).await;
    let token = browser.cookie(&link, COOKIE).unwrap().to_owned();
    assert_ne!(token, "f".repeat(64));
    let home = format!("{}/console", server.control);
    browser.get(&home).await;
    let out = browser.post(&format!("{home}/sign-out"), &[]).await;
    assert_eq!(out.location.as_deref(), Some("/console/sign-in"));
    let mut thief = Browser::new();
    thief.plant(&home, COOKIE, &token);
    assert_eq!(thief.get(&home).await.status, StatusCode::SEE_OTHER, "the session has ended");
}

#[tokio::test]
async fn forms_count_only_from_our_own_pages_and_lead_nowhere_else() {
    let server = Server::start().await;
    let home = format!("{}/console", server.control);
    let link = invite(&server, "ada@example.test", &[]).await;
    let seen = Browser::new().post_as_it_is(&link, &[]).await;
    assert_eq!(seen.status, StatusCode::FORBIDDEN, "without a token");
    let mut browser = signed_in(&server, "ada@example.test", &[]).await;
    browser.get(&home).await;
    let seen = browser.post_as_it_is(&format!("{home}/sign-out"), &[("csrf", "0".repeat(32).as_str())]).await;
    assert_eq!(seen.status, StatusCode::FORBIDDEN, "with a wrong token");
    let seen = browser.get(&format!("{home}/sign-out")).await;
    assert_ne!(seen.status, StatusCode::SEE_OTHER, "nothing is done by following a link");
    assert_eq!(browser.get(&home).await.status, StatusCode::OK);

    // A password, to come back to a page of another's choice.
    browser.get(&format!("{home}/account/password")).await;
    let set =
        browser.post(&format!("{home}/account/password"), &[("password", "correct horse battery")]).await;
    assert_eq!(set.location.as_deref(), Some("/console"), "{}", set.text);
    for (next, led) in [
        ("/console/audit", "/console/audit"),
        ("https://evil.example", "/console"),
        ("//evil.example", "/console"),
        ("/\\evil.example", "/console"),
    ] {
        let mut browser = Browser::new();
        let page = format!("{home}/sign-in/password");
        browser.get(&page).await;
        let fields = [("email", "ada@example.test"), ("password", "correct horse battery"), ("next", next)];
        let seen = browser.post(&page, &fields).await;
        assert_eq!(seen.location.as_deref(), Some(led), "{next}: {}", seen.text);
    }
    let mut browser = Browser::new();
    let page = format!("{home}/sign-in/password");
    browser.get(&page).await;
    let mut answers = Vec::new();
    for email in ["ada@example.test", "nobody@example.test"] {
        let seen = browser.post(&page, &[("email", email), ("password", "not the right one")]).await;
        assert!(seen.text.contains("The e-mail address or the password is wrong."), "{}", seen.text);
        answers.push((seen.status, seen.text.replace(email, "…")));
    }
    assert_eq!(answers[0], answers[1]);
}

#[tokio::test]
async fn members_see_and_do_what_their_role_includes() {
    let server = Server::start().await;
    let home = format!("{}/console", server.control);
    let mut owner = signed_in(&server, "owner@example.test", &["--role", "owner"]).await;
    let mut viewer = signed_in(&server, "viewer@example.test", &["--role", "viewer"]).await;
    for page in ["/mail", "/audit", "/tokens"] {
        assert_eq!(viewer.get(&format!("{home}{page}")).await.status, StatusCode::FORBIDDEN, "{page}");
    }
    viewer.get(&home).await;
    let fields = [("email", "eve@example.test"), ("role", "owner")];
    let refused = viewer.post(&format!("{home}/members"), &fields).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let refused = viewer.post(&format!("{home}/tokens"), &[("name", "mine"), ("role", "admin")]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);

    owner.get(&format!("{home}/members")).await;
    let invited =
        owner.post(&format!("{home}/members"), &[("email", "eve@example.test"), ("role", "publisher")]).await;
    assert_eq!(invited.location.as_deref(), Some("/console/members"), "{}", invited.text);
    assert!(owner.get(&format!("{home}/members")).await.text.contains("eve@example.test"));
    let again =
        owner.post(&format!("{home}/members"), &[("email", "eve@example.test"), ("role", "publisher")]).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    owner.get(&format!("{home}/tokens")).await;
    let made =
        owner.post(&format!("{home}/tokens"), &[("name", "ci"), ("role", "viewer"), ("allow", "")]).await;
    assert!(made.text.contains("portico_"), "{}", made.text);
    let log = owner.get(&format!("{home}/audit?q=token.created")).await;
    assert!(log.text.contains("owner@example.test"), "{}", log.text);
}

#[tokio::test]
async fn people_see_where_they_are_signed_in_and_sign_out_elsewhere() {
    let server = Server::start().await;
    let home = format!("{}/console", server.control);
    let mut here = signed_in(&server, "ada@example.test", &[]).await;
    let mut there = signed_in(&server, "ada@example.test", &[]).await;
    let mut stranger = signed_in(&server, "eve@example.test", &[]).await;
    let seen = here.get(&format!("{home}/account")).await;
    assert_eq!(seen.text.matches("this one").count(), 1, "{}", seen.text);
    let theirs = format!("{home}/account/sessions/3/end");
    assert_eq!(here.post(&theirs, &[]).await.status, StatusCode::NOT_FOUND);
    let seen = here.post(&format!("{home}/account/sessions/end"), &[]).await;
    assert_eq!(seen.location.as_deref(), Some("/console/account"), "{}", seen.text);
    assert_eq!(there.get(&home).await.status, StatusCode::SEE_OTHER);
    assert_eq!(here.get(&home).await.status, StatusCode::OK);
    assert_eq!(stranger.get(&home).await.status, StatusCode::OK);
}
