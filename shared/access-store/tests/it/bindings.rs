//! Binding states.

use crate::support::{World, binding, noon};
use access_core::id::{GroupName, TargetGroupId};
use access_core::plan::Binding;
use access_core::ports::{BindingState, Bindings, Creation};
use access_core::timeline::GroupOrigin;

pub(crate) fn state() -> BindingState {
    BindingState {
        origin: GroupOrigin::Written,
        creation: Creation::Ours,
        target_group: Some(TargetGroupId::new("g-1").unwrap()),
        fingerprint: Some("f".repeat(64)),
        observed_at: Some(noon(0)),
        clean: true,
        removable: 2,
    }
}

#[tokio::test]
async fn states_are_kept_replaced_and_dropped() {
    let world = World::new().await;
    let fence = world.fence(noon(0)).await;
    let (one, two) = (
        binding("one"),
        Binding {
            entitlement: "aws:Prod#Operator / EU#1".parse().unwrap(),
            ..binding("one")
        },
    );
    world
        .store
        .save_binding(fence, &one, &state())
        .await
        .unwrap();
    world
        .store
        .save_binding(fence, &two, &state())
        .await
        .unwrap();
    let unclean = BindingState {
        clean: false,
        ..state()
    };
    world
        .store
        .save_binding(fence, &one, &unclean)
        .await
        .unwrap();
    let known = world.store.bindings().await.unwrap();
    let known: Vec<_> = known.states.into_iter().collect();
    assert_eq!(known, vec![(one.clone(), unclean), (two.clone(), state())]);
    world.store.drop_binding(fence, &one).await.unwrap();
    world
        .store
        .drop_binding(fence, &one)
        .await
        .expect("a repeat changes nothing");
    assert_eq!(
        world
            .store
            .bindings()
            .await
            .unwrap()
            .states
            .into_keys()
            .collect::<Vec<_>>(),
        vec![two]
    );
}

#[tokio::test]
async fn eight_writers_at_once_lose_nothing_and_reads_go_past_a_megabyte() {
    let world = World::new().await;
    let fence = world.fence(noon(0)).await;
    let large = BindingState {
        fingerprint: Some("f".repeat(8_000)),
        ..state()
    };
    let stores: Vec<_> = (0..8).map(|_| world.other()).collect();
    let writers = stores.iter().enumerate().map(|(writer, store)| {
        let large = &large;
        async move {
            for number in 0..25 {
                store
                    .save_binding(
                        fence,
                        &binding(&format!("group-{writer}-{number:02}")),
                        large,
                    )
                    .await
                    .unwrap();
            }
        }
    });
    futures::future::join_all(writers).await;
    let known = world.store.bindings().await.unwrap().states;
    assert_eq!(known.len(), 200);
    assert!(known.values().all(|state| *state == large));
}

#[tokio::test]
async fn a_state_that_cannot_be_understood_is_set_apart_and_in_no_others_way() {
    let body = r#"{"binding":{"group":"g","entitlement":"aws:x"},"state":{"origin":"written","creation":"ours","target_group":null,"fingerprint":null,"observed_at":null,"clean":true}}"#;
    for (case, sk, body, layout, reason) in [
        (
            "half a body",
            "g#aws:x",
            Some("{\"binding\":"),
            1,
            "`body` is not what it should be",
        ),
        ("no body", "g#aws:x", None, 1, "it has no body"),
        (
            "a newer layout",
            "g#aws:x",
            Some(body),
            2,
            "its layout is 2, and this program reads 1",
        ),
        (
            "another place",
            "h#aws:x",
            Some(body),
            1,
            "its body belongs to BINDINGS / g#aws:x",
        ),
        (
            "no place of a binding",
            "damaged",
            None,
            1,
            "it has no body",
        ),
    ] {
        let world = World::new().await;
        let fence = world.fence(noon(0)).await;
        world
            .store
            .save_binding(
                fence,
                &Binding {
                    group: GroupName::new("a").unwrap(),
                    ..binding("a")
                },
                &state(),
            )
            .await
            .unwrap();
        let mut attributes = vec![("pk", "BINDINGS"), ("sk", sk)];
        attributes.extend(body.map(|body| ("body", body)));
        world.plant(&attributes, layout).await;
        let known = world.store.bindings().await.unwrap();
        assert_eq!(known.states.len(), 1, "{case}");
        assert_eq!(known.states[&binding("a")], state(), "{case}");
        assert_eq!(known.unread.len(), 1, "{case}");
        let unread = &known.unread[&format!("item BINDINGS / {sk}")];
        assert!(unread.reason.starts_with(reason), "{case}: {unread:?}");
        let named = sk.split_once('#').map(|(group, entitlement)| Binding {
            group: GroupName::new(group).unwrap(),
            entitlement: entitlement.parse().unwrap(),
        });
        assert_eq!(unread.binding, named, "{case}");
        assert!(!known.is_unread(&binding("a")), "{case}");
        // Whoever has its entitlement now may have to take over from it.
        let successor = named.map(|named| Binding {
            group: GroupName::new("successor").unwrap(),
            ..named
        });
        assert!(successor.is_none_or(|it| known.is_unread(&it)), "{case}");
    }
}
