use super::*;
use crate::decide::tests::Sent;

const TOKEN: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
const OTHER: &str = "ff112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

fn basic_of(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

fn read(headers: &[(&str, &str)]) -> Result<bool, Refusal> {
    super::read(&Sent::new(headers)).map(|credential| {
        let Credential::Token { digest, in_authorization } = credential else { panic!("a bearer token") };
        assert_eq!(Some(digest), Digest::presented(SecretKind::Key, TOKEN.as_bytes()));
        assert_eq!(credential.is_in_authorization(), in_authorization);
        in_authorization
    })
}

#[test]
fn a_token_comes_in_a_header_of_its_own_or_as_a_password() {
    assert_eq!(read(&[("api-token", TOKEN)]), Ok(false));
    assert_eq!(read(&[("authorization", &basic_of("api-token", TOKEN))]), Ok(true));
    assert_eq!(read(&[("authorization", &basic_of("API-TOKEN", TOKEN))]), Ok(true));
    let lower_case_scheme = basic_of("api-token", TOKEN).replace("Basic", "basic");
    assert_eq!(read(&[("authorization", &lower_case_scheme)]), Ok(true));
}

#[test]
fn the_same_token_twice_is_one_credential() {
    assert_eq!(read(&[("api-token", TOKEN), ("api-token", TOKEN)]), Ok(false));
    assert_eq!(read(&[("api-token", TOKEN), ("authorization", &basic_of("api-token", TOKEN))]), Ok(true));
}

#[test]
fn two_different_credentials_are_refused_whichever_is_valid() {
    let several = Err(Refusal::SeveralCredentials);
    assert_eq!(read(&[("api-token", TOKEN), ("api-token", OTHER)]), several);
    assert_eq!(read(&[("api-token", TOKEN), ("api-token", "")]), several);
    assert_eq!(read(&[("api-token", TOKEN), ("authorization", &basic_of("api-token", OTHER))]), several);
    assert_eq!(read(&[("api-token", TOKEN), ("authorization", "Bearer abc")]), several);
    assert_eq!(read(&[("api-token", TOKEN), ("authorization", &basic_of("someone", TOKEN))]), several);
    assert_eq!(read(&[("authorization", "Bearer abc"), ("authorization", "Bearer abc")]), several);
    assert_eq!(
        read(&[("authorization", "Bearer abc"), ("authorization", &basic_of("api-token", TOKEN))]),
        several
    );
    assert_eq!(read(&[("api-token", ""), ("authorization", "Bearer abc")]), several);
}

#[test]
fn what_cannot_be_a_token_is_unknown() {
    let unknown = Err(Refusal::UnknownCredential);
    let (longer, shorter, upper) = (format!("{TOKEN}1"), &TOKEN[1..], TOKEN.to_uppercase());
    for token in ["", " ", "x", &longer, shorter, &upper, &TOKEN.repeat(4)] {
        assert_eq!(read(&[("api-token", token)]), unknown, "{token:?}");
        assert_eq!(read(&[("authorization", &basic_of("api-token", token))]), unknown, "{token:?}");
    }
    for value in ["", "Basic", "Basic ", "Basic !", "Basic YXBpLXRva2Vu", "Bearer", "Bearerx", TOKEN] {
        assert_eq!(read(&[("authorization", value)]), unknown, "{value:?}");
    }
}

#[test]
fn a_call_without_credential_has_none() {
    assert_eq!(read(&[]), Err(Refusal::NoCredential));
    assert_eq!(read(&[("cookie", TOKEN), ("x-api-token", TOKEN)]), Err(Refusal::NoCredential));
}

#[test]
fn a_bearer_token_is_handed_on_as_it_is() {
    for value in ["Bearer a.b.c", "bearer a.b.c", "BEARER   a.b.c "] {
        let headers = Sent::new(&[("authorization", value)]);
        let credential = super::read(&headers).map_err(drop).unwrap();
        assert!(credential == Credential::Bearer(b"a.b.c") && credential.is_in_authorization());
    }
    let headers = Sent::new(&[("authorization", "Bearer ")]);
    assert!(super::read(&headers).is_ok_and(|credential| credential == Credential::Bearer(b"")));
}
