//! Where a document says that its API is.

use serde_json::Value;
use url::Url;

use crate::{Document, Version};

/// The most servers that are suggested. Those who list more have one for each of their customers.
const SERVERS: usize = 20;

impl Document {
    /// The base URLs that the document gives, without a trailing slash: in 2.0 `schemes`, `host`
    /// and `basePath`, else `servers` with the defaults of their variables. Those relative to the
    /// address that the document came from need that address. Only a suggestion: what a document
    /// says is not always where its reader may go.
    pub fn suggested_servers(&self, address: Option<&str>) -> Vec<String> {
        let address = address.and_then(|address| Url::parse(address).ok());
        let given = match self.version {
            Version::V2_0 => self.host_and_base_path(address.as_ref()),
            _ => self.servers(),
        };
        let mut servers: Vec<String> = Vec::new();
        for text in given {
            let url = match &address {
                Some(address) => address.join(&text),
                None => Url::parse(&text),
            };
            let Some(url) = url.ok().filter(|url| url.has_host() && matches!(url.scheme(), "http" | "https"))
            else {
                continue;
            };
            let server = url.as_str().trim_end_matches('/').to_owned();
            if !servers.contains(&server) {
                servers.push(server);
            }
        }
        servers.truncate(SERVERS);
        servers
    }

    fn host_and_base_path(&self, address: Option<&Url>) -> Vec<String> {
        let text = |field| self.root.get(field).and_then(Value::as_str);
        let own = || address.map(|address| &address[url::Position::BeforeHost..url::Position::AfterPort]);
        let Some(host) = text("host").or_else(own) else { return Vec::new() };
        let path = text("basePath").unwrap_or_default().trim_start_matches('/');
        let schemes = self.root.get("schemes").and_then(Value::as_array);
        let mut schemes: Vec<_> = schemes.into_iter().flatten().filter_map(Value::as_str).collect();
        if schemes.is_empty() {
            schemes.push(address.map_or("https", |address| address.scheme()));
        }
        schemes.iter().map(|scheme| format!("{scheme}://{host}/{path}")).collect()
    }

    fn servers(&self) -> Vec<String> {
        match self.root.get("servers").and_then(Value::as_array) {
            Some(servers) if !servers.is_empty() => {
                servers.iter().take(SERVERS).filter_map(filled_in).collect()
            }
            // What stands for no servers, by the specification.
            _ => vec!["/".to_owned()],
        }
    }
}

/// The URL of a server with the defaults of its variables; `None` if one of them has none.
fn filled_in(server: &Value) -> Option<String> {
    let mut filled = String::new();
    let mut rest = server.get("url")?.as_str()?;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, tail) = after.split_once('}')?;
        filled.push_str(before);
        match server.get("variables")?.get(name)?.get("default")? {
            Value::String(text) => filled.push_str(text),
            Value::Number(number) => filled.push_str(&number.to_string()),
            _ => return None,
        }
        rest = tail;
    }
    Some(filled + rest)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::Document;
    use crate::fixture::document;

    fn v2(fields: &str) -> Document {
        let text =
            format!(r#"{{"swagger":"2.0","info":{{"title":"T","version":"1"}},"paths":{{}}{fields}}}"#);
        Document::parse_json(&text).unwrap()
    }

    #[test]
    fn servers_have_their_variables_filled_in() {
        let document = document(json!({ "servers": [
            { "url": "https://{region}.api.test:{port}/v1/", "variables": {
                "region": { "default": "eu" }, "port": { "default": 8443 } } },
            { "url": "https://{missing}.api.test" },
            { "url": "/v2" },
            { "url": "ftp://api.test" },
            { "url": "https://eu.api.test:8443/v1" },
            7,
        ] }));
        assert_eq!(document.suggested_servers(None), ["https://eu.api.test:8443/v1"]);
        assert_eq!(
            document.suggested_servers(Some("http://docs.test:81/a/openapi.json")),
            ["https://eu.api.test:8443/v1", "http://docs.test:81/v2"]
        );
    }

    #[test]
    fn without_servers_it_is_where_the_document_is() {
        assert!(document(json!({})).suggested_servers(None).is_empty());
        assert_eq!(
            document(json!({})).suggested_servers(Some("https://a.test/x/y.json")),
            ["https://a.test"]
        );
    }

    #[test]
    fn in_2_0_it_is_put_together() {
        let document = v2(r#","host":"api.test:81","basePath":"/v1","schemes":["http","wss","https"]"#);
        assert_eq!(document.suggested_servers(None), ["http://api.test:81/v1", "https://api.test:81/v1"]);
        assert_eq!(v2(r#","host":"api.test""#).suggested_servers(None), ["https://api.test"]);
        assert!(v2("").suggested_servers(None).is_empty());
        let document = v2(r#","basePath":"/v1""#);
        assert_eq!(document.suggested_servers(Some("http://a.test:82/doc.json")), ["http://a.test:82/v1"]);
    }
}
