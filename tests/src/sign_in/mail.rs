use crate::world::{Browser, Certificate, Database, MailServer, Server, eventually, portico_in};

const SIGN_IN: &str = "/console/sign-in";

/// A server whose mail goes there.
async fn server(post: &MailServer, variables: &[(&str, &str)]) -> Server {
    let mut all = vec![
        ("PORTICO__MAIL__HOST", "localhost"),
        ("PORTICO__MAIL__PORT", post.port.as_str()),
        ("PORTICO__MAIL__FROM", "Portico <portico@example.test>"),
    ];
    all.extend(variables);
    let database = Database::sqlite();
    for email in ["ada@example.test", "nobody@example.test"] {
        let invited = portico_in(&database, &["admin", "invite", email]).await;
        assert!(invited.status.success(), "{}", String::from_utf8_lossy(&invited.stderr));
    }
    Server::start_with(&database, &["serve"], &all).await
}

async fn ask(server: &Server, email: &str) {
    let mut browser = Browser::new();
    let page = format!("{}{SIGN_IN}", server.control);
    browser.get(&page).await;
    let seen = browser.post(&page, &[("email", email)]).await;
    assert!(seen.text.contains("a link is on its way"), "{}", seen.text);
}

#[tokio::test]
async fn mail_goes_out_by_smtp_over_tls_with_a_password() {
    let certificate = Certificate::new();
    let mut post = MailServer::start(Some(&certificate)).await;
    let file = certificate.file("cert.pem");
    let variables = [
        ("SSL_CERT_FILE", file.as_str()),
        ("PORTICO__MAIL__USER", "portico"),
        ("PORTICO__MAIL__PASSWORD", "secret of the post"),
    ];
    let server = server(&post, &variables).await;
    ask(&server, "ada@example.test").await;
    let mail = post.mail().await;
    assert_eq!(mail["to"], serde_json::json!(["ada@example.test"]));
    assert_eq!(mail["from"], "Portico <portico@example.test>");
    assert_eq!((mail["subject"].as_str(), mail["tls"].as_bool()), (Some("Sign in to Portico"), Some(true)));
    let link = format!("{}{SIGN_IN}/link/", server.control);
    assert!(mail["text"].as_str().unwrap().contains(&link), "{mail}");
    assert!(mail["html"].as_str().unwrap().contains(&link), "{mail}");
}

#[tokio::test]
async fn a_mail_server_without_tls_gets_nothing_unless_that_is_allowed() {
    let mut post = MailServer::start(None).await;
    let strict = server(&post, &[]).await;
    ask(&strict, "ada@example.test").await;
    let relaxed = server(&post, &[("PORTICO__MAIL__SECURITY", "none")]).await;
    ask(&relaxed, "ada@example.test").await;
    let mail = post.mail().await;
    assert!(mail["text"].as_str().unwrap().contains(&relaxed.control), "{mail}");
    assert_eq!(mail["tls"], false);
}

#[tokio::test]
async fn what_a_mail_server_refuses_is_shown_to_those_who_look_after_it() {
    let post = MailServer::start(None).await;
    let server = server(&post, &[("PORTICO__MAIL__SECURITY", "none")]).await;
    ask(&server, "nobody@example.test").await;
    let link = portico_in(&server.database, &["admin", "invite", "root@example.test"]).await;
    let link = String::from_utf8(link.stdout).unwrap().trim().to_owned();
    let mut browser = Browser::new();
    browser.get(&link).await;
    browser.post(&link, &[]).await;
    let page = format!("{}/console/mail", server.control);
    let text = eventually("the mail has failed", async || {
        let seen = browser.get(&page).await;
        seen.text.contains("there is no such box").then_some(seen.text)
    })
    .await;
    assert!(text.contains("Failed") && text.contains("Send again"), "{text}");
    assert!(!text.contains("Show link"), "links of members are shown to nobody");
}

#[tokio::test]
async fn doctor_tries_the_mail_server() {
    let post = MailServer::start(None).await;
    let database = Database::sqlite();
    let file = database.folder().join("portico.toml");
    let file = file.display().to_string();
    let any = "127.0.0.1:0";
    let arguments =
        ["doctor", "--config", &file, "--gateway", any, "--portal", any, "--control", any, "--ops", any];
    for (security, works) in [("none", true), ("starttls", false)] {
        let settings =
            format!("[mail]\nhost = \"localhost\"\nport = {}\nsecurity = \"{security}\"\n", post.port);
        std::fs::write(&file, settings).unwrap();
        let said = portico_in(&database, &arguments).await;
        let text = String::from_utf8(said.stdout).unwrap();
        let line = text.lines().find(|line| line.contains("mail")).unwrap();
        assert_eq!(line.starts_with("ok"), works, "{text}");
        assert!(line.contains(&post.port), "{text}");
    }
}

#[tokio::test]
async fn mail_of_a_portal_brings_its_logo_along() {
    let mut post = MailServer::start(None).await;
    let server = server(&post, &[("PORTICO__MAIL__SECURITY", "none")]).await;
    let api = server.administrator().await;
    let portal = serde_json::json!({ "name": "Idea", "subdomain": "idea" });
    let (status, answer) = api.post("/api/portico/v1/api_portals", portal).await;
    assert!(status.is_success(), "{answer}");
    for (email, has_logo) in [("before@example.test", false), ("after@example.test", true)] {
        if has_logo {
            let picture = include_bytes!("../../../crates/admin/tests/it/dot.png");
            let put = api.request(reqwest::Method::PUT, "/api/portico/v1/api_portals/1/logo");
            let put = put.header("content-type", "image/png").body(picture.as_slice()).send().await.unwrap();
            assert!(put.status().is_success(), "{}", put.text().await.unwrap());
        }
        let user = serde_json::json!({ "api_portal_id": 1, "email": email });
        let (status, answer) = api.post("/api/portico/v1/portal_users", user).await;
        assert!(status.is_success(), "{answer}");
        let mail = post.mail().await;
        let html = mail["html"].as_str().unwrap();
        assert_eq!(html.contains("src=\"cid:logo\""), has_logo, "{html}");
        let pictures =
            if has_logo { serde_json::json!([["<logo>", "image/png"]]) } else { serde_json::json!([]) };
        assert_eq!(mail["pictures"], pictures);
        // Nothing in it is fetched from anywhere.
        assert!(!html.contains("src=\"http"), "{html}");
        assert!(mail["text"].as_str().unwrap().contains("/sign-in/link/"), "{mail}");
    }
}
