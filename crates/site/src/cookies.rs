//! Cookies: of one host, out of reach of scripts, and not sent along by other sites' forms.

use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue};
use cookie::{Cookie, SameSite};

/// The value of a cookie of the request. The first one counts if there are several of a name.
pub fn find<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let lists = headers.get_all(COOKIE).iter().filter_map(|list| list.to_str().ok());
    lists.flat_map(|list| list.split(';')).find_map(|pair| {
        let (found, value) = pair.trim().split_once('=')?;
        (found == name).then_some(value)
    })
}

/// A cookie of this host alone, for as long as the browser runs. `secure` where pages come over TLS.
pub fn own<'c>(name: &'c str, value: &'c str, secure: bool) -> Cookie<'c> {
    Cookie::build((name, value)).path("/").http_only(true).same_site(SameSite::Lax).secure(secure).build()
}

/// Takes a cookie away.
pub fn gone(name: &str, secure: bool) -> Cookie<'_> {
    let mut cookie = own(name, "", secure);
    cookie.set_max_age(cookie::time::Duration::ZERO);
    cookie
}

/// Adds a cookie to an answer.
pub fn set(headers: &mut HeaderMap, cookie: &Cookie<'_>) {
    if let Ok(value) = HeaderValue::from_str(&cookie.to_string()) {
        headers.append(SET_COOKIE, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_by_its_whole_name() {
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, HeaderValue::from_static("ab=1; a=2; a=3"));
        assert_eq!(find(&headers, "a"), Some("2"));
        assert_eq!(find(&headers, "b"), None);
    }

    #[test]
    fn cookies_are_of_this_host_and_not_for_scripts() {
        insta::assert_snapshot!(own("a", "1", true), @"a=1; HttpOnly; SameSite=Lax; Secure; Path=/");
        insta::assert_snapshot!(gone("a", false), @"a=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0");
    }
}
