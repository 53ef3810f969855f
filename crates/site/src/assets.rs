//! The style sheet and the script: compiled in, named by what is in them, and so cached for ever.

use std::sync::LazyLock;

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use sha2::{Digest as _, Sha256};

use crate::brand::Brand;
use crate::request::Path;

/// The style sheet. One file for each kind of thing; what overrides comes last.
pub const STYLE: &str = concat!(
    include_str!("../styles/base.css"),
    include_str!("../styles/frame.css"),
    include_str!("../styles/forms.css"),
    include_str!("../styles/components.css"),
    include_str!("../styles/docs.css"),
    include_str!("../styles/console.css"),
    include_str!("../styles/last.css"),
);

/// The script. No page needs it, but for sending a call from the browser.
pub const SCRIPT: &str = include_str!("../scripts/site.js");

static STYLE_NAME: LazyLock<String> = LazyLock::new(|| named("site", STYLE, "css"));
static SCRIPT_NAME: LazyLock<String> = LazyLock::new(|| named("site", SCRIPT, "js"));

/// Raised when the same colour makes another style sheet or icon than before.
const BRANDING: u8 = 1;

fn named(name: &str, content: &str, extension: &str) -> String {
    let digest = hex::encode(Sha256::digest(content));
    format!("{name}-{}.{extension}", digest.get(..16).unwrap_or_default())
}

/// Where the style sheet is.
pub fn style_url() -> String {
    format!("/-/{}", *STYLE_NAME)
}

/// Where the script is.
pub fn script_url() -> String {
    format!("/-/{}", *SCRIPT_NAME)
}

/// Where the style sheet of a brand colour is.
pub fn brand_url(brand: Brand) -> String {
    format!("/-/brand{BRANDING}-{}.css", brand.hex())
}

/// Where the style sheet is that shows a brand colour within what has the class `swatch`.
pub fn swatch_url(brand: Brand) -> String {
    format!("/-/swatch{BRANDING}-{}.css", brand.hex())
}

/// Where the icon in a brand colour is.
pub fn icon_url(brand: Brand) -> String {
    format!("/-/icon{BRANDING}-{}.svg", brand.hex())
}

/// `GET /-/{file}`.
pub(crate) async fn serve(Path(file): Path<String>) -> Response {
    if file == *STYLE_NAME {
        return lasting("text/css; charset=utf-8", STYLE);
    }
    if file == *SCRIPT_NAME {
        return lasting("text/javascript; charset=utf-8", SCRIPT);
    }
    let brand = |prefix: &str, extension: &str| {
        let hex = file.strip_prefix(&format!("{prefix}{BRANDING}-"))?.strip_suffix(extension)?;
        Brand::parse(hex)
    };
    if let Some(brand) = brand("brand", ".css") {
        return lasting("text/css; charset=utf-8", brand.style());
    }
    if let Some(brand) = brand("swatch", ".css") {
        return lasting("text/css; charset=utf-8", brand.swatch());
    }
    if let Some(brand) = brand("icon", ".svg") {
        return lasting("image/svg+xml", brand.icon());
    }
    // An older page asks for what it was made with; what is there now would not fit it.
    StatusCode::NOT_FOUND.into_response()
}

/// Something whose name changes with its content.
pub fn lasting(content_type: &'static str, content: impl Into<Body>) -> Response {
    let mut response = Response::new(content.into());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_stay_small() {
        assert!(STYLE.len() <= 40 << 10, "{} bytes of style", STYLE.len());
        assert!(SCRIPT.len() <= 20 << 10, "{} bytes of script", SCRIPT.len());
    }

    #[test]
    fn nothing_is_fetched_from_elsewhere() {
        for text in ["http://", "https://", "@import", "url("] {
            assert!(!STYLE.contains(text), "{text}");
        }
        assert!(!SCRIPT.contains("innerHTML") && !SCRIPT.contains("eval("));
    }
}
