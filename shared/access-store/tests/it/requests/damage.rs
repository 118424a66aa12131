//! One damaged item among many: what it says is read elsewhere, or it is an error; never is it left out.

use super::{asking, at_once, id, people, yes};
use crate::support::{World, noon};
use access_core::ports::{RequestFilter, Requests, StoreError};
use access_core::request::Kind;

/// What may stand in the place of a body.
const BROKEN: [(&str, u64); 3] = [("{}", 1), ("not JSON", 1), ("{}", 99)];

#[tokio::test]
async fn a_damaged_copy_of_a_pending_request_is_in_nobodys_way() {
    for (body, layout) in BROKEN {
        let world = World::new().await;
        let store = &world.store;
        for number in 1..=3 {
            let at = i64::try_from(number).unwrap();
            let step = asking(number, at, Kind::Access, None, people());
            store.take(&step).await.unwrap();
        }
        let before = store.requests(&RequestFilter::Pending).await.unwrap();
        assert_eq!(before.len(), 3);
        let place = world.sort_key("PENDING", &id(2).to_string()).await;
        let item = [("pk", "PENDING"), ("sk", place.as_str()), ("body", body)];
        world.plant(&item, layout).await;
        let after = store.requests(&RequestFilter::Pending).await;
        assert_eq!(after, Ok(before), "`{body}` in layout {layout}");
    }
}

#[tokio::test]
async fn a_damaged_copy_of_a_grant_takes_nothing_away() {
    for (body, layout) in BROKEN {
        let world = World::new().await;
        let store = &world.store;
        for number in 1..=2 {
            let step = asking(number, 0, Kind::Access, None, people());
            store.take(&step).await.unwrap();
            let step = yes(&step.request.unwrap(), 2, 60);
            store.take(&step).await.unwrap();
        }
        let before = store.current_grants().await.unwrap();
        assert_eq!(before.len(), 2);
        let grant = before[0].grant.id.to_string();
        let item = [("pk", "GRANTS"), ("sk", grant.as_str()), ("body", body)];
        world.plant(&item, layout).await;
        let after = store.current_grants().await;
        assert_eq!(after, Ok(before.clone()), "`{body}` in layout {layout}");
        assert!(before.iter().all(|record| record.is_live(noon(120))));

        let whole = format!("GRANT#{grant}");
        let item = [("pk", whole.as_str()), ("sk", "GRANT"), ("body", body)];
        world.plant(&item, layout).await;
        let error = store.current_grants().await.unwrap_err();
        assert!(
            matches!(&error, StoreError::Malformed { .. }),
            "with both damaged nobody can tell: {error}"
        );
    }
}

#[tokio::test]
async fn a_damaged_copy_of_a_grant_that_awaits_its_review_is_in_nobodys_way() {
    for (body, layout) in BROKEN {
        let world = World::new().await;
        let store = &world.store;
        for number in 1..=2 {
            let step = asking(number, 0, Kind::BreakGlass, None, at_once());
            store.take(&step).await.unwrap();
        }
        let before = store.unreviewed().await.unwrap();
        assert_eq!(before.len(), 2);
        let grant = before[0].grant.id.to_string();
        let place = world.sort_key("REVIEWS", &grant).await;
        let item = [("pk", "REVIEWS"), ("sk", place.as_str()), ("body", body)];
        world.plant(&item, layout).await;
        let after = store.unreviewed().await;
        assert_eq!(after, Ok(before), "`{body}` in layout {layout}");
    }
}
