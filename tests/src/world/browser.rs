//! A browser as far as signing in goes: cookies, forms with their tokens, and redirects that a test
//! follows step by step.

use std::collections::HashMap;

use reqwest::header::{CONTENT_TYPE, COOKIE, HOST, LOCATION, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, StatusCode, Url};

/// Whoever looks at pages.
pub(crate) struct Browser {
    client: Client,
    /// The cookies of each host, port included.
    cookies: HashMap<String, HashMap<String, String>>,
    /// The token of the last form that was seen.
    csrf: String,
}

/// What a server answered.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) status: StatusCode,
    /// Where it leads on to, as it stands in the answer.
    pub(crate) location: Option<String>,
    pub(crate) text: String,
    /// What it said about cookies.
    pub(crate) cookies: Vec<String>,
}

impl Browser {
    pub(crate) fn new() -> Self {
        let client = Client::builder().redirect(Policy::none()).build().unwrap();
        Self { client, cookies: HashMap::new(), csrf: String::new() }
    }

    /// Looks at a page.
    pub(crate) async fn get(&mut self, url: &str) -> Seen {
        self.send(Method::GET, url, None).await
    }

    /// Sends the form that was seen last, with these fields.
    pub(crate) async fn post(&mut self, url: &str, fields: &[(&str, &str)]) -> Seen {
        let csrf = self.csrf.clone();
        let fields: Vec<_> = fields.iter().copied().chain([("csrf", csrf.as_str())]).collect();
        self.post_as_it_is(url, &fields).await
    }

    /// Sends fields that need not come from a form.
    pub(crate) async fn post_as_it_is(&mut self, url: &str, fields: &[(&str, &str)]) -> Seen {
        let encoded = Url::parse_with_params("http://form", fields).unwrap();
        self.send(Method::POST, url, Some(encoded.query().unwrap_or_default().to_owned())).await
    }

    /// The value of a cookie that a host has set.
    pub(crate) fn cookie(&self, url: &str, name: &str) -> Option<&str> {
        self.cookies.get(&host(url))?.get(name).map(String::as_str)
    }

    /// Plants a cookie, as a neighbouring host might.
    pub(crate) fn plant(&mut self, url: &str, name: &str, value: &str) {
        self.cookies.entry(host(url)).or_default().insert(name.to_owned(), value.to_owned());
    }

    async fn send(&mut self, method: Method, url: &str, form: Option<String>) -> Seen {
        let host = host(url);
        let cookies = self.cookies.entry(host.clone()).or_default();
        let cookie: Vec<_> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        // Names below `localhost` are this machine, whether its resolver knows that or not.
        let reached = match host.split_once(".localhost:") {
            Some((_, port)) => url.replacen(&host, &format!("127.0.0.1:{port}"), 1),
            None => url.to_owned(),
        };
        let mut request = self.client.request(method, reached).header(HOST, host.as_str());
        if !cookie.is_empty() {
            request = request.header(COOKIE, cookie.join("; "));
        }
        if let Some(form) = form {
            request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(form);
        }
        let response = request.send().await.unwrap();
        let headers = response.headers().clone();
        let text = |value: &reqwest::header::HeaderValue| value.to_str().unwrap().to_owned();
        let set: Vec<String> = headers.get_all(SET_COOKIE).iter().map(text).collect();
        for line in &set {
            let (name, value) = line.split(';').next().unwrap().split_once('=').unwrap();
            match value {
                "" => drop(cookies.remove(name)),
                value => drop(cookies.insert(name.to_owned(), value.to_owned())),
            }
        }
        let status = response.status();
        let text = response.text().await.unwrap();
        if let Some((_, rest)) = text.split_once("name=\"csrf\" value=\"") {
            rest.split('"').next().unwrap().clone_into(&mut self.csrf);
        }
        let location = headers.get(LOCATION).map(|value| value.to_str().unwrap().to_owned());
        Seen { status, location, text, cookies: set }
    }
}

fn host(url: &str) -> String {
    url.split("://").nth(1).unwrap().split('/').next().unwrap().to_owned()
}
