//! The requests.

/// A request, or what somebody sends in its place.
#[derive(Debug)]
pub(crate) struct Case {
    /// What kind of oddity it is.
    pub(crate) group: &'static str,
    /// What is odd.
    pub(crate) name: &'static str,
    /// What is sent.
    pub(crate) bytes: Vec<u8>,
    /// How many requests it is at most, whoever reads it.
    pub(crate) requests: usize,
}

/// Where calls go.
#[derive(Debug)]
pub(crate) struct Place {
    /// What paths begin with.
    pub(crate) prefix: String,
    /// What calls carry.
    pub(crate) token: String,
}

impl Place {
    fn get(&self, target: &str) -> Vec<u8> {
        self.call(&format!("GET {}{target} HTTP/1.1", self.prefix), "", "")
    }

    fn headers(&self, headers: &str) -> Vec<u8> {
        self.call(&format!("GET {}/a/b HTTP/1.1", self.prefix), headers, "")
    }

    fn post(&self, headers: &str, body: &str) -> Vec<u8> {
        self.call(&format!("POST {}/a/b HTTP/1.1", self.prefix), headers, body)
    }

    fn chunked(&self, body: &str) -> Vec<u8> {
        self.post("transfer-encoding: chunked\r\n", body)
    }

    fn call(&self, line: &str, headers: &str, body: &str) -> Vec<u8> {
        format!("{line}\r\nhost: api.test\r\napi-token: {}\r\n{headers}\r\n{body}", self.token).into_bytes()
    }

    fn host(&self, host: &str) -> Vec<u8> {
        let Self { prefix, token } = self;
        format!("GET {prefix}/a/b HTTP/1.1\r\nhost: {host}\r\napi-token: {token}\r\n\r\n").into_bytes()
    }

    /// A whole second request, such as one that is hidden in the first.
    fn second(&self) -> String {
        String::from_utf8(self.get("/hidden/x")).unwrap_or_default()
    }
}

/// All of them.
pub(crate) fn all(place: &Place) -> Vec<Case> {
    let groups = [
        ("ordinary", ordinary(place)),
        ("lengths", lengths(place)),
        ("codings", codings(place)),
        ("chunks", chunks(place)),
        ("headers", headers(place)),
        ("hosts and targets", targets(place)),
        ("methods and versions", methods(place)),
    ];
    let cases =
        groups.into_iter().flat_map(|(group, cases)| cases.into_iter().map(move |case| (group, case)));
    cases.map(|(group, (name, requests, bytes))| Case { group, name, bytes, requests }).collect()
}

type Cases = Vec<(&'static str, usize, Vec<u8>)>;

fn ordinary(place: &Place) -> Cases {
    let two = [place.headers(""), place.get("/second/x")].concat();
    let again = [place.post("content-length: 2\r\n", "ab"), place.get("/second/x")].concat();
    vec![
        ("plain GET", 1, place.headers("")),
        ("POST with a length", 1, place.post("content-length: 2\r\n", "ab")),
        ("POST in chunks", 1, place.chunked("2\r\nab\r\n0\r\n\r\n")),
        ("GET with a body", 1, place.headers("content-length: 2\r\n").into_iter().chain(*b"ab").collect()),
        ("two GETs in one piece", 2, two),
        ("POST and GET in one piece", 2, again),
        ("Expect: 100-continue", 1, place.post("expect: 100-continue\r\ncontent-length: 2\r\n", "ab")),
        ("an empty line before the request", 1, [b"\r\n".as_slice(), &place.headers("")].concat()),
    ]
}

fn lengths(place: &Place) -> Cases {
    let hidden = place.second();
    let post = |headers: &str| place.post(headers, "ab");
    vec![
        (
            "Content-Length and chunked",
            1,
            place.post("content-length: 6\r\ntransfer-encoding: chunked\r\n", &format!("0\r\n\r\n{hidden}")),
        ),
        (
            "chunked and Content-Length",
            1,
            place.post(
                "transfer-encoding: chunked\r\ncontent-length: 4\r\n",
                &format!("1e\r\n{}\r\n0\r\n\r\n", &hidden[..30]),
            ),
        ),
        ("two different lengths", 1, post("content-length: 2\r\ncontent-length: 40\r\n")),
        ("two equal lengths", 1, post("content-length: 2\r\ncontent-length: 2\r\n")),
        ("length `2, 2`", 1, post("content-length: 2, 2\r\n")),
        ("length `+2`", 1, post("content-length: +2\r\n")),
        ("length `-2`", 1, post("content-length: -2\r\n")),
        ("length `0x2`", 1, post("content-length: 0x2\r\n")),
        ("length `2 2`", 1, post("content-length: 2 2\r\n")),
        ("length `2;`", 1, post("content-length: 2;\r\n")),
        ("length `02`", 1, post("content-length: 02\r\n")),
        ("length that is empty", 1, post("content-length:\r\n")),
        ("length beyond 64 bits", 1, post("content-length: 18446744073709551618\r\n")),
        ("length in a folded line", 1, post("content-length:\r\n 2\r\n")),
        ("a request behind a length of 0", 2, place.post("content-length: 0\r\n", &hidden)),
        ("Connection names Content-Length", 1, post("connection: content-length\r\ncontent-length: 2\r\n")),
    ]
}

fn codings(place: &Place) -> Cases {
    let last = "0\r\n\r\n";
    let post = |headers: &str| place.post(headers, last);
    vec![
        ("`xchunked`", 1, post("transfer-encoding: xchunked\r\n")),
        ("`chunked, identity`", 1, post("transfer-encoding: chunked, identity\r\n")),
        ("`identity, chunked`", 1, post("transfer-encoding: identity, chunked\r\n")),
        ("`gzip, chunked`", 1, post("transfer-encoding: gzip, chunked\r\n")),
        ("`chunked, chunked`", 1, post("transfer-encoding: chunked, chunked\r\n")),
        (
            "chunked, and `identity` beside it",
            1,
            post("transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n"),
        ),
        ("`chunked` in quotes", 1, post("transfer-encoding: \"chunked\"\r\n")),
        ("`CHUNKED`", 1, post("transfer-encoding: CHUNKED\r\n")),
        ("`chunked;x=1`", 1, post("transfer-encoding: chunked;x=1\r\n")),
        ("a vertical tab before `chunked`", 1, post("transfer-encoding: \x0bchunked\r\n")),
        ("a coding that is empty", 1, post("transfer-encoding:\r\ncontent-length: 5\r\n")),
        ("chunked in a folded line", 1, post("transfer-encoding:\r\n chunked\r\n")),
        ("`Transfer_Encoding`", 1, post("transfer_encoding: chunked\r\ncontent-length: 5\r\n")),
        (
            "Connection names Transfer-Encoding",
            1,
            post("connection: transfer-encoding\r\ntransfer-encoding: chunked\r\n"),
        ),
        (
            "chunked in HTTP/1.0",
            1,
            place.call(
                &format!("POST {}/a/b HTTP/1.0", place.prefix),
                "transfer-encoding: chunked\r\n",
                last,
            ),
        ),
    ]
}

fn chunks(place: &Place) -> Cases {
    vec![
        ("an extension", 1, place.chunked("2;x=y\r\nab\r\n0\r\n\r\n")),
        ("an extension with a bare LF", 1, place.chunked("2;x\ny\r\nab\r\n0\r\n\r\n")),
        ("an extension of 20 KiB", 1, place.chunked(&format!("2;{}\r\nab\r\n0\r\n\r\n", "x".repeat(20_000)))),
        ("sizes ended by bare LF", 1, place.chunked("2\nab\r\n0\r\n\r\n")),
        ("data ended by bare LF", 1, place.chunked("2\r\nab\n0\r\n\r\n")),
        ("data ended by anything", 1, place.chunked("2\r\nabXX0\r\n\r\n")),
        ("size `0x2`", 1, place.chunked("0x2\r\nab\r\n0\r\n\r\n")),
        ("size `+2`", 1, place.chunked("+2\r\nab\r\n0\r\n\r\n")),
        ("size with a blank before it", 1, place.chunked(" 2\r\nab\r\n0\r\n\r\n")),
        ("size with a blank behind it", 1, place.chunked("2 \r\nab\r\n0\r\n\r\n")),
        ("size with 40 zeros", 1, place.chunked(&format!("{}2\r\nab\r\n0\r\n\r\n", "0".repeat(40)))),
        ("size beyond 64 bits", 1, place.chunked("10000000000000002\r\nab\r\n0\r\n\r\n")),
        ("size that is empty", 1, place.chunked("\r\nab\r\n0\r\n\r\n")),
        ("size that is no number", 1, place.chunked("zz\r\nab\r\n0\r\n\r\n")),
        ("a trailer", 1, place.chunked("2\r\nab\r\n0\r\nx-sum: 1\r\n\r\n")),
        ("a trailer `Content-Length`", 1, place.chunked("2\r\nab\r\n0\r\ncontent-length: 40\r\n\r\n")),
        ("a trailer without a name", 1, place.chunked("2\r\nab\r\n0\r\n: 1\r\n\r\n")),
        ("a trailer ended by bare LF", 1, place.chunked("2\r\nab\r\n0\r\nx: 1\n\r\n")),
        ("a request behind the last chunk", 2, place.chunked(&format!("0\r\n\r\n{}", place.second()))),
    ]
}

fn headers(place: &Place) -> Cases {
    let many: String = (0..300).map(|number| format!("x-{number}: 1\r\n")).collect();
    let bare = String::from_utf8(place.headers("x: 1\r\n")).unwrap_or_default().replace("\r\n", "\n");
    vec![
        ("a blank before the colon", 1, place.headers("x-a : 1\r\n")),
        ("a blank before the colon of the length", 1, place.post("content-length : 2\r\n", "ab")),
        ("a line without a colon", 1, place.headers("nothing\r\n")),
        ("a header without a name", 1, place.headers(": 1\r\n")),
        ("a blank at the beginning of the first line", 1, folded_first(place)),
        ("a folded line", 1, place.headers("x-a: 1\r\n 2\r\n")),
        ("bare LF everywhere", 1, bare.into_bytes()),
        ("a bare CR in a value", 1, place.headers("x-a: 1\r2\r\n")),
        ("NUL in a value", 1, place.headers("x-a: 1\0 2\r\n")),
        ("NUL in a name", 1, place.headers("x-\0a: 1\r\n")),
        ("a control character in a value", 1, place.headers("x-a: \x01\r\n")),
        ("bytes above 127 in a value", 1, place.headers("x-a: \u{e9}\r\n")),
        ("bytes above 127 in a name", 1, place.headers("x-\u{e9}: 1\r\n")),
        ("brackets in a name", 1, place.headers("x(a): 1\r\n")),
        ("an underscore in a name", 1, place.headers("x_forwarded_for: 10.0.0.1\r\n")),
        ("300 headers", 1, place.headers(&many)),
        ("a header of 32 KiB", 1, place.headers(&format!("x-a: {}\r\n", "x".repeat(32 << 10)))),
        ("headers of 256 KiB", 1, place.headers(&format!("x-a: {}\r\n", "x".repeat(8 << 10)).repeat(32))),
        ("Connection names X-Forwarded-For", 1, place.headers("connection: x-forwarded-for\r\n")),
        ("Connection names Host", 1, place.headers("connection: close, host\r\n")),
        (
            "Upgrade without its connection",
            2,
            [place.headers("connection: upgrade\r\nupgrade: foo\r\n"), place.get("/second/x")].concat(),
        ),
        (
            "Upgrade to h2c",
            1,
            place.headers(
                "connection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABkAAQAAP__\r\n",
            ),
        ),
    ]
}

/// A head whose first header begins with a blank, as if it went on with the request line.
fn folded_first(place: &Place) -> Vec<u8> {
    let Place { prefix, token } = place;
    format!("GET {prefix}/a/b HTTP/1.1\r\n x: 1\r\nhost: api.test\r\napi-token: {token}\r\n\r\n").into_bytes()
}

fn targets(place: &Place) -> Cases {
    let Place { prefix, token } = place;
    let without_host = format!("GET {prefix}/a/b HTTP/1.1\r\napi-token: {token}\r\n\r\n").into_bytes();
    let absolute = |url: &str| place.call(&format!("GET {url}{prefix}/a/b HTTP/1.1"), "", "");
    vec![
        ("no Host", 1, without_host),
        ("two Hosts", 1, place.headers("host: other.test\r\n")),
        ("two equal Hosts", 1, place.headers("host: api.test\r\n")),
        ("a Host that is empty", 1, place.host("")),
        ("a Host with a path", 1, place.host("api.test/x")),
        ("a Host with a blank", 1, place.host("api.test evil")),
        ("a Host with a user", 1, place.host("user@api.test")),
        ("an absolute target", 1, absolute("http://api.test")),
        ("an absolute target of another host", 1, absolute("http://other.test")),
        ("an absolute target with a user", 1, absolute("http://user:pass@api.test")),
        ("an absolute target of another scheme", 1, absolute("ftp://api.test")),
        ("`..`", 1, place.get("/a/../a/b")),
        ("`%2e%2e`", 1, place.get("/a/%2e%2e/a/b")),
        ("`..;`", 1, place.get("/a/..;/a/b")),
        ("`..%3b`", 1, place.get("/a/..%3bx/b")),
        ("`.`", 1, place.get("/a/./b")),
        ("`//`", 1, place.get("//a//b")),
        ("`%2f`", 1, place.get("/a%2fb/c")),
        ("`%5c`", 1, place.get("/a%5cb/c")),
        ("a backslash", 1, place.get("/a\\b/c")),
        ("`%00`", 1, place.get("/a/b%00")),
        ("`%0d%0a`", 1, place.get("/a/b%0d%0ax:1")),
        ("`%zz`", 1, place.get("/a/%zz")),
        ("`%`", 1, place.get("/a/b%")),
        ("a fragment", 1, place.get("/a/b#c")),
        ("UTF-8 as it is", 1, place.get("/a/\u{e9}")),
        ("a tab", 1, place.get("/a/\tb")),
        ("a blank", 1, place.get("/a/b c")),
        ("quotes and brackets", 1, place.get("/a/\"<>{}|^`b")),
        ("a target of 70 KiB", 1, place.get(&format!("/a/{}", "x".repeat(70 << 10)))),
        ("a target without a slash", 1, place.call("GET a/b HTTP/1.1", "", "")),
        ("`*`", 1, place.call("GET * HTTP/1.1", "", "")),
    ]
}

fn methods(place: &Place) -> Cases {
    let Place { prefix, token } = place;
    let line = |line: &str| place.call(&line.replace("/p", &format!("{prefix}/a/b")), "", "");
    vec![
        ("TRACE", 1, line("TRACE /p HTTP/1.1")),
        ("CONNECT", 1, [place.call("CONNECT api.test:80 HTTP/1.1", "", ""), place.get("/second/x")].concat()),
        ("an unknown method", 1, line("FROBNICATE /p HTTP/1.1")),
        ("`get`", 1, line("get /p HTTP/1.1")),
        ("a method with a bracket", 1, line("GE(T /p HTTP/1.1")),
        ("two blanks in the first line", 1, line("GET  /p HTTP/1.1")),
        ("a tab in the first line", 1, line("GET\t/p\tHTTP/1.1")),
        ("a blank behind the first line", 1, line("GET /p HTTP/1.1 ")),
        ("HTTP/0.9", 1, format!("GET {prefix}/a/b\r\n\r\n").into_bytes()),
        ("HTTP/1.0", 1, line("GET /p HTTP/1.0")),
        (
            "HTTP/1.0 without Host",
            1,
            format!("GET {prefix}/a/b HTTP/1.0\r\napi-token: {token}\r\n\r\n").into_bytes(),
        ),
        ("HTTP/1.2", 1, line("GET /p HTTP/1.2")),
        ("HTTP/2.0", 1, line("GET /p HTTP/2.0")),
        ("`http/1.1`", 1, line("GET /p http/1.1")),
        ("HTTP/01.1", 1, line("GET /p HTTP/01.1")),
        ("the beginning of TLS", 1, b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x03\r\n\r\n".to_vec()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_has_a_name_of_its_own_in_its_group() {
        let place = Place { prefix: "/main/odd-v1".to_owned(), token: "t".repeat(64) };
        let cases = all(&place);
        assert!(cases.len() > 100, "{}", cases.len());
        let mut names: Vec<_> = cases.iter().map(|case| (case.group, case.name)).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), cases.len());
        assert!(cases.iter().all(|case| !case.bytes.is_empty()));
    }
}
