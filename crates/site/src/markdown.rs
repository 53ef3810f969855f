//! Markdown of others as markup that can do nothing: no HTML of theirs, no pictures from elsewhere,
//! no addresses but those of pages and mail.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};
use askama::filters::HtmlSafe;
use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

/// The most that is shown of one text, in bytes. Nobody reads more on one page.
const BYTES: usize = 200_000;

/// Everything that may come out. Markup of vectors and formulas is never part of it.
const TAGS: [&str; 25] = [
    "a",
    "blockquote",
    "br",
    "code",
    "del",
    "em",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "li",
    "ol",
    "p",
    "pre",
    "strong",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
];

static CLEANER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::empty();
    builder
        .tags(TAGS.into_iter().chain(["ul"]).collect::<HashSet<_>>())
        .tag_attributes(HashMap::from([
            ("a", HashSet::from(["href", "title"])),
            ("ol", HashSet::from(["start"])),
        ]))
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .url_relative(UrlRelative::PassThrough)
        .link_rel(Some("noopener noreferrer nofollow"));
    builder
});

/// Markup that is safe to stand in a page.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Html(String);

impl Html {
    /// Whether there is nothing to show.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Html {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl HtmlSafe for Html {}

/// Renders Markdown (`CommonMark` with tables and strikethrough). Its own HTML is shown as text, its
/// pictures as links, and its headings one level lower, as the page has a first one already.
pub fn html(text: &str) -> Html {
    let text = shortened(text, BYTES);
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let events = Parser::new_ext(text, options).map(|event| match event {
        Event::Html(html) | Event::InlineHtml(html) => Event::Text(html),
        Event::Start(Tag::Image { link_type, dest_url, title, id }) => {
            Event::Start(Tag::Link { link_type, dest_url, title, id })
        }
        Event::End(TagEnd::Image) => Event::End(TagEnd::Link),
        Event::Start(Tag::Heading { level, .. }) => Event::Start(Tag::Heading {
            level: lower(level),
            id: None,
            classes: Vec::new(),
            attrs: Vec::new(),
        }),
        Event::End(TagEnd::Heading(level)) => Event::End(TagEnd::Heading(lower(level))),
        event => event,
    });
    let mut rendered = String::new();
    html::push_html(&mut rendered, events);
    Html(CLEANER.clean(&rendered).to_string())
}

/// The words of a Markdown text in one line, for cards and lists; at most so many characters.
pub fn line(text: &str, characters: usize) -> String {
    let mut words = String::new();
    for event in Parser::new(shortened(text, 4 * characters)) {
        match event {
            Event::Text(text) | Event::Code(text) => words.push_str(&text),
            Event::End(TagEnd::Emphasis | TagEnd::Strong | TagEnd::Link | TagEnd::Image) => {}
            Event::SoftBreak | Event::HardBreak | Event::End(_) => words.push(' '),
            _ => {}
        }
    }
    let line = words.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(characters) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default().trim_end()),
        None => line,
    }
}

fn shortened(text: &str, bytes: usize) -> &str {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

const fn lower(level: HeadingLevel) -> HeadingLevel {
    match level {
        HeadingLevel::H1 => HeadingLevel::H2,
        HeadingLevel::H2 => HeadingLevel::H3,
        HeadingLevel::H3 => HeadingLevel::H4,
        HeadingLevel::H4 => HeadingLevel::H5,
        HeadingLevel::H5 | HeadingLevel::H6 => HeadingLevel::H6,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_becomes_markup() {
        insta::assert_snapshot!(html("# A\n\nb **c** `d` [e](https://e.example)\n\n| x |\n|---|\n| y |"), @r#"
        <h2>A</h2>
        <p>b <strong>c</strong> <code>d</code> <a href="https://e.example" rel="noopener noreferrer nofollow">e</a></p>
        <table><thead><tr><th>x</th></tr></thead><tbody>
        <tr><td>y</td></tr>
        </tbody></table>
        "#);
    }

    #[test]
    fn nothing_in_it_can_run_or_fetch() {
        // Published attacks on sanitisers, and the plain ones.
        for attack in [
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
            "<svg><set attributeName=onmouseover to=alert(1)>",
            "<math><annotation-xml encoding=\"text/html\"><p><style><!--</style><img src onerror=alert(1)>",
            "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
            "<a href=\"javascript:alert(1)\">x</a>",
            "</script><img src=x onerror=alert(1)>",
            "<style>*{display:none}</style>",
            "<iframe srcdoc=\"<script>alert(1)</script>\"></iframe>",
        ] {
            let rendered = html(attack).to_string();
            let tags = rendered
                .split('<')
                .skip(1)
                .filter(|rest| !rest.starts_with("p>") && !rest.starts_with("/p>"));
            assert_eq!(tags.collect::<Vec<_>>(), Vec::<&str>::new(), "{attack} became {rendered}");
        }
        for attack in [
            "[x](javascript:alert(1))",
            "[x](JaVaScRiPt:alert(1))",
            "[x](data:text/html,<script>alert(1)</script>)",
            "[x](vbscript:x)",
            "<javascript:alert(1)>",
        ] {
            let rendered = html(attack).to_string();
            assert!(!rendered.contains("href"), "{attack} became {rendered}");
        }
        let rendered = html("![x](https://tracker.example/a.png)").to_string();
        assert!(
            !rendered.contains("<img") && rendered.contains("href=\"https://tracker.example/a.png\""),
            "{rendered}"
        );
        let rendered = html("[x](https://a.example \"\\\" onmouseover=alert(1)\")").to_string();
        assert!(!rendered.contains(" onmouseover=alert(1)\"") || rendered.contains("&quot;"), "{rendered}");
    }

    #[test]
    fn a_line_has_the_words_only() {
        assert_eq!(line("# Prices\n\nAll *prices*, <b>in</b> `EUR`.", 100), "Prices All prices, in EUR.");
        assert_eq!(line("one two three", 7), "one two…");
        assert_eq!(line(&"é".repeat(300), 10).chars().count(), 11);
    }
}
