use model::logo::{Logo, LogoImage};
use model::secret::Digest;
use store::{clients, logos, portals};

use crate::make::{a_client, a_portal, a_workspace};
use crate::support::{LATER, NOON, databases, within};

#[tokio::test]
async fn a_logo_is_kept_as_long_as_something_has_it() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let (shop, portal) = (a_client(&db, &at, "Shop").await, a_portal(&db, &at, "idea").await);
        let image = |bytes: &[u8]| LogoImage { media_type: "image/png".to_owned(), bytes: bytes.to_vec() };
        let (small, large) = (image(&[0, 255, 7]), image(b"larger"));
        let logo = within(&db, async |tx| {
            let logo = Logo {
                small: logos::keep(tx, &small, NOON).await?,
                large: logos::keep(tx, &large, NOON).await?,
            };
            assert_eq!(logos::keep(tx, &small, LATER).await?, logo.small);
            logos::of_client(tx, shop, Some(logo), LATER).await?;
            logos::of_portal(tx, portal, Some(logo), LATER).await?;
            Ok(logo)
        })
        .await;
        assert_eq!(logos::find(&*db, logo.small).await.unwrap(), Some(small.clone()));
        assert_eq!(logos::find(&*db, logo.large).await.unwrap(), Some(large));
        assert_eq!(logos::find(&*db, Digest::of_bytes(b"other")).await.unwrap(), None);
        assert_eq!(clients::find(&*db, at.id, shop).await.unwrap().unwrap().client.logo, Some(logo));
        assert_eq!(portals::find(&*db, at.id, portal).await.unwrap().unwrap().logo, Some(logo));

        within(&db, async |tx| {
            logos::of_client(tx, shop, None, LATER).await?;
            logos::remove_unused(tx, logo).await
        })
        .await;
        assert_eq!(logos::find(&*db, logo.small).await.unwrap(), Some(small));
        within(&db, async |tx| {
            logos::of_portal(tx, portal, None, LATER).await?;
            logos::remove_unused(tx, logo).await
        })
        .await;
        assert_eq!(logos::find(&*db, logo.small).await.unwrap(), None);
        assert_eq!(logos::find(&*db, logo.large).await.unwrap(), None);
        assert_eq!(clients::find(&*db, at.id, shop).await.unwrap().unwrap().client.logo, None);
    }
}
