//! Calls in several languages. Every text is written as a literal of its language, so that nothing
//! in a document becomes code.

use serde_json::Value;

/// A call to write down.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    /// In capitals.
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Option<String>,
}

/// A call in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sample {
    /// As it stands in the style sheet.
    pub(crate) id: &'static str,
    /// For people.
    pub(crate) language: &'static str,
    pub(crate) code: String,
}

impl Sample {
    /// The id of the element that is copied.
    pub(crate) fn copied(&self) -> String {
        format!("sample-{}", self.id)
    }
}

/// See [`LANGUAGES`].
type Language = (&'static str, &'static str, fn(&Call) -> String);

/// The languages: how each is called here, for people, and who writes it.
const LANGUAGES: [Language; 7] = [
    ("curl", "curl", curl),
    ("javascript", "JavaScript", javascript),
    ("python", "Python", python),
    ("go", "Go", go),
    ("java", "Java", java),
    ("csharp", "C#", csharp),
    ("php", "PHP", php),
];

/// The call in all languages.
pub(crate) fn samples(call: &Call) -> Vec<Sample> {
    LANGUAGES.into_iter().map(|(id, language, write)| Sample { id, language, code: write(call) }).collect()
}

/// The language that was chosen before, if it is one of ours.
pub(crate) fn chosen(language: Option<&str>) -> &'static str {
    let known = LANGUAGES.into_iter().find(|(id, ..)| Some(*id) == language);
    known.map_or("curl", |(id, ..)| id)
}

/// In single quotes nothing means anything to a shell but the quote itself.
fn shell(text: &str) -> String {
    format!("'{}'", text.replace('\0', "").replace('\'', "'\\''"))
}

/// A literal of JSON, which JavaScript, Python, Go, Java and C# read alike: with everything escaped
/// that one of them would not take as it stands. Java reads `\u` before anything else, but none is
/// written for what would end a literal.
fn literal(text: &str) -> String {
    let quoted = Value::from(text).to_string();
    let mut escaped = String::with_capacity(quoted.len());
    for character in quoted.chars() {
        match character {
            // Line ends to JavaScript of old and to C#, and controls.
            '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' => {
                escaped.push_str(&format!("\\u{:04x}", u32::from(character)));
            }
            character => escaped.push(character),
        }
    }
    escaped
}

/// In single quotes only the quote and the backslash mean something to PHP.
fn single(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// The call for a shell.
pub(crate) fn curl(call: &Call) -> String {
    let mut lines = vec![match call.method.as_str() {
        "GET" => format!("curl {}", shell(&call.url)),
        method => format!("curl -X {method} {}", shell(&call.url)),
    }];
    lines.extend(
        call.headers.iter().map(|(name, value)| format!("-H {}", shell(&format!("{name}: {value}")))),
    );
    lines.extend(call.body.iter().map(|body| format!("--data {}", shell(body))));
    lines.join(" \\\n  ")
}

fn javascript(call: &Call) -> String {
    let headers: Vec<_> = call
        .headers
        .iter()
        .map(|(name, value)| format!("    {}: {},", literal(name), literal(value)))
        .collect();
    let body = call.body.iter().map(|body| format!("  body: {},\n", literal(body))).collect::<String>();
    format!(
        "const response = await fetch({}, {{\n  method: {},\n  headers: {{\n{}\n  }},\n{body}}});\n\
         console.log(response.status, await response.text());",
        literal(&call.url),
        literal(&call.method),
        headers.join("\n"),
    )
}

fn python(call: &Call) -> String {
    let headers: Vec<_> = call
        .headers
        .iter()
        .map(|(name, value)| format!("        {}: {},", literal(name), literal(value)))
        .collect();
    let body =
        call.body.iter().map(|body| format!("    data={}.encode(),\n", literal(body))).collect::<String>();
    format!(
        "import requests\n\nresponse = requests.request(\n    {},\n    {},\n    headers={{\n{}\n    }},\n{body}    timeout=30,\n)\n\
         print(response.status_code, response.text)",
        literal(&call.method),
        literal(&call.url),
        headers.join("\n"),
    )
}

fn go(call: &Call) -> String {
    let headers: Vec<_> = call
        .headers
        .iter()
        .map(|(name, value)| format!("\trequest.Header.Set({}, {})", literal(name), literal(value)))
        .collect();
    let (import, body) = match &call.body {
        Some(body) => ("\t\"strings\"\n", format!("strings.NewReader({})", literal(body))),
        None => ("", "nil".to_owned()),
    };
    format!(
        "package main\n\nimport (\n\t\"fmt\"\n\t\"io\"\n\t\"net/http\"\n{import})\n\nfunc main() {{\n\
         \trequest, err := http.NewRequest({}, {}, {body})\n\tif err != nil {{\n\t\tpanic(err)\n\t}}\n{}\n\
         \tresponse, err := http.DefaultClient.Do(request)\n\tif err != nil {{\n\t\tpanic(err)\n\t}}\n\
         \tdefer response.Body.Close()\n\tanswer, _ := io.ReadAll(response.Body)\n\
         \tfmt.Println(response.Status, string(answer))\n}}",
        literal(&call.method),
        literal(&call.url),
        headers.join("\n"),
    )
}

fn java(call: &Call) -> String {
    let headers: Vec<_> = call
        .headers
        .iter()
        .map(|(name, value)| format!("    .header({}, {})", literal(name), literal(value)))
        .collect();
    let body = match &call.body {
        Some(body) => format!("HttpRequest.BodyPublishers.ofString({})", literal(body)),
        None => "HttpRequest.BodyPublishers.noBody()".to_owned(),
    };
    format!(
        "import java.net.URI;\nimport java.net.http.*;\n\nvar request = HttpRequest.newBuilder(URI.create({}))\n{}\n    .method({}, {body})\n    .build();\n\
         var response = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());\n\
         System.out.println(response.statusCode() + \" \" + response.body());",
        literal(&call.url),
        headers.join("\n"),
        literal(&call.method),
    )
}

fn csharp(call: &Call) -> String {
    let is_content = |name: &str| name.eq_ignore_ascii_case("content-type");
    let headers: Vec<_> = call
        .headers
        .iter()
        .filter(|(name, _)| !is_content(name))
        .map(|(name, value)| {
            format!("request.Headers.TryAddWithoutValidation({}, {});", literal(name), literal(value))
        })
        .collect();
    let content_type = call
        .headers
        .iter()
        .find(|(name, _)| is_content(name))
        .map_or("text/plain", |(_, value)| value.as_str());
    let body = call.body.iter().map(|body| {
        format!(
            "request.Content = new StringContent({});\nrequest.Content.Headers.ContentType = MediaTypeHeaderValue.Parse({});\n",
            literal(body),
            literal(content_type)
        )
    });
    format!(
        "using System.Net.Http.Headers;\n\nusing var client = new HttpClient();\n\
         var request = new HttpRequestMessage(new HttpMethod({}), {});\n{}\n{}\
         var response = await client.SendAsync(request);\n\
         Console.WriteLine($\"{{(int)response.StatusCode}} {{await response.Content.ReadAsStringAsync()}}\");",
        literal(&call.method),
        literal(&call.url),
        headers.join("\n"),
        body.collect::<String>(),
    )
}

fn php(call: &Call) -> String {
    let headers: Vec<_> = call
        .headers
        .iter()
        .map(|(name, value)| format!("        {},", single(&format!("{name}: {value}"))))
        .collect();
    let body = call.body.iter().map(|body| format!("    CURLOPT_POSTFIELDS => {},\n", single(body)));
    format!(
        "<?php\n$call = curl_init({});\ncurl_setopt_array($call, [\n    CURLOPT_CUSTOMREQUEST => {},\n    CURLOPT_HTTPHEADER => [\n{}\n    ],\n{}    CURLOPT_RETURNTRANSFER => true,\n]);\n\
         $answer = curl_exec($call);\necho curl_getinfo($call, CURLINFO_RESPONSE_CODE), ' ', $answer;",
        single(&call.url),
        single(&call.method),
        headers.join("\n"),
        body.collect::<String>(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hostile() -> Call {
        let text = "'; $(rm -rf /) `x` \" */ ?> \\ \\u0022 \n\r\u{2028} </script> ${y}";
        Call {
            method: "POST".to_owned(),
            url: format!("https://api.example/{text}"),
            headers: vec![("x".to_owned(), text.to_owned())],
            body: Some(text.to_owned()),
        }
    }

    #[test]
    fn a_shell_reads_the_texts_as_they_are() {
        let code = curl(&hostile()).replacen("curl", "printf '%s\\n'", 1);
        let printed = std::process::Command::new("sh").arg("-c").arg(code).output().unwrap().stdout;
        let printed = String::from_utf8(printed).unwrap();
        let call = hostile();
        let expected =
            format!("-X\nPOST\n{}\n-H\nx: {}\n--data\n{}\n", call.url, call.headers[0].1, call.body.unwrap());
        assert_eq!(printed, expected);
    }

    #[test]
    fn python_reads_the_texts_as_they_are() {
        let code = format!(
            "import json,sys\nsys.stdout.write(json.dumps({}))",
            literal(hostile().body.as_deref().unwrap())
        );
        let printed = std::process::Command::new("python3").arg("-c").arg(code).output().unwrap().stdout;
        assert_eq!(serde_json::from_slice::<String>(&printed).unwrap(), hostile().body.unwrap());
    }

    #[test]
    fn no_literal_ends_before_its_end() {
        for text in ["\"", "\\", "\\\"", "\n", "\u{2029}", "\u{85}", "\\u0022", "\u{0}"] {
            let literal = literal(text);
            let inner = &literal[1..literal.len() - 1];
            let mut escaped = false;
            for character in inner.chars() {
                assert!(escaped || character != '"', "{literal}");
                assert!(
                    !character.is_control() && !matches!(character, '\u{2028}' | '\u{2029}'),
                    "{literal}"
                );
                escaped = character == '\\' && !escaped;
            }
            assert!(!escaped, "{literal}");
        }
        assert_eq!(single("a'b\\"), "'a\\'b\\\\'");
    }

    #[test]
    fn a_plain_call_reads_well() {
        let call = Call {
            method: "GET".to_owned(),
            url: "https://api.example/products?q=desk".to_owned(),
            headers: vec![("api-token".to_owned(), "YOUR_API_TOKEN".to_owned())],
            body: None,
        };
        let samples = samples(&call);
        assert_eq!(
            samples.first().map(|sample| sample.code.as_str()),
            Some("curl 'https://api.example/products?q=desk' \\\n  -H 'api-token: YOUR_API_TOKEN'")
        );
        assert_eq!(samples.len(), 7);
        for sample in samples {
            assert!(sample.code.contains("https://api.example/products?q=desk"), "{}", sample.code);
            assert!(sample.code.contains("YOUR_API_TOKEN"), "{}", sample.code);
        }
    }
}
