//! Reading a list of people: comma-separated values (RFC 4180), or what a spreadsheet makes of them.

/// Somebody on a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// Where it stands, from 1.
    pub(super) number: u64,
    pub(super) email: String,
    pub(super) name: String,
    /// The names of the clients that they are to act for.
    pub(super) clients: Vec<String>,
}

/// Where the columns are.
struct Columns {
    email: usize,
    name: Option<usize>,
    client: Option<usize>,
}

/// The people on a list of at most so many, in its order; blank lines are left out. Else what is wrong
/// with it as a whole.
pub(super) fn read(text: &str, most: usize) -> Result<Vec<Line>, String> {
    // Line breaks of two characters would be counted one line too late.
    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .delimiter(delimiter(&text))
        .from_reader(text.as_bytes());
    let mut columns = Columns { email: 0, name: Some(1), client: Some(2) };
    let mut lines = Vec::new();
    for (index, record) in reader.records().enumerate() {
        let record = record.map_err(|error| format!("The list could not be read: {error}."))?;
        if index == 0
            && let Some(named) = header(&record)?
        {
            columns = named;
            continue;
        }
        if record.iter().all(str::is_empty) {
            continue;
        }
        if lines.len() == most {
            return Err(format!(
                "The list has more than {most} people. Split it, and send one part after the other."
            ));
        }
        let cell = |column: Option<usize>| column.and_then(|column| record.get(column)).unwrap_or_default();
        let clients = cell(columns.client).split('|').map(str::trim).filter(|name| !name.is_empty());
        lines.push(Line {
            number: record.position().map_or(0, |position| line_of(&text, position)),
            email: cell(Some(columns.email)).to_owned(),
            name: cell(columns.name).to_owned(),
            clients: clients.map(str::to_owned).collect(),
        });
    }
    match lines.is_empty() {
        true => Err("Nobody is on the list. Choose a file, or paste one developer a line.".to_owned()),
        false => Ok(lines),
    }
}

/// The line on which a record begins. Its position is where the one before it ended: blank lines may follow.
fn line_of(text: &str, position: &csv::Position) -> u64 {
    let rest = usize::try_from(position.byte()).ok().and_then(|byte| text.as_bytes().get(byte..));
    let blank = rest.unwrap_or_default().iter().take_while(|byte| **byte == b'\n').count();
    position.line() + blank as u64
}

/// What stands between the columns of the first line: spreadsheets of some countries use semicolons, and
/// what is copied out of one has tabs.
fn delimiter(text: &str) -> u8 {
    let first = text.lines().next().unwrap_or_default();
    [b'\t', b';'].into_iter().find(|byte| first.as_bytes().contains(byte)).unwrap_or(b',')
}

/// The columns that a first line names, if it is one that names columns.
fn header(record: &csv::StringRecord) -> Result<Option<Columns>, String> {
    if record.iter().any(|cell| cell.contains('@')) {
        return Ok(None);
    }
    let column =
        |names: &[&str]| record.iter().position(|cell| names.contains(&cell.to_lowercase().as_str()));
    let email = column(&["email", "e-mail", "mail", "email address"]);
    let (name, client) = (column(&["name", "full name"]), column(&["client", "clients", "api client"]));
    match email {
        Some(email) => Ok(Some(Columns { email, name, client })),
        None if name.is_some() || client.is_some() => {
            Err("The first line names columns, and none of them is `email`.".to_owned())
        }
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn emails(text: &str) -> Vec<(u64, String)> {
        read(text, 10).unwrap().into_iter().map(|line| (line.number, line.email)).collect()
    }

    #[test]
    fn lists_are_read_as_people_have_them() {
        let lines = read("\u{feff}Name,Client,Email\r\n\"Lovelace, Ada\",Acme | Zeta,ada@example.com\r\n\r\n,,eve@example.com\r\n", 10).unwrap();
        assert_eq!(lines[0].name, "Lovelace, Ada");
        assert_eq!(lines[0].clients, ["Acme", "Zeta"]);
        assert_eq!((lines[1].number, lines[1].email.as_str(), lines.len()), (4, "eve@example.com", 2));
        assert_eq!(emails("a@b.c;A;\nd@e.f;D;"), [(1, "a@b.c".to_owned()), (2, "d@e.f".to_owned())]);
        assert_eq!(emails("a@b.c\tA\nd@e.f\tD"), [(1, "a@b.c".to_owned()), (2, "d@e.f".to_owned())]);
        // What is no address is for the check of each line to say.
        assert_eq!(emails("nobody"), [(1, "nobody".to_owned())]);
    }

    #[test]
    fn a_list_that_is_none_says_why() {
        assert!(read(" \n\n", 10).unwrap_err().contains("Nobody"));
        assert!(read("name,client\nAda,Acme", 10).unwrap_err().contains("`email`"));
        assert!(read(&"a@b.c\n".repeat(11), 10).unwrap_err().contains("more than 10"));
    }
}
