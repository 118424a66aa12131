//! Binding states: small items in one partition, so that one query reads them all.

use crate::DynamoStore;
use crate::action::{Action, Unit};
use crate::item::{Item, Row};
use crate::key;
use crate::query::Query;
use access_core::plan::Binding;
use access_core::ports::{BindingState, Bindings, Fence, KnownBindings, StoreError, UnreadBinding};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// What the item holds.
#[derive(Serialize, Deserialize)]
struct Stored {
    binding: Binding,
    state: BindingState,
}

#[async_trait]
impl Bindings for DynamoStore {
    async fn bindings(&self) -> Result<KnownBindings, StoreError> {
        let mut known = KnownBindings::default();
        for row in self.table.query_each(&Query::of(key::BINDINGS)).await? {
            let place = row.key.clone();
            match row.in_known_layout().and_then(|row| read(&row)) {
                Ok((binding, state)) => {
                    known.states.insert(binding, state);
                }
                Err(StoreError::Malformed { what, reason }) => {
                    let binding = key::binding_at(&place);
                    known.unread.insert(what, UnreadBinding { binding, reason });
                }
                Err(error) => return Err(error),
            }
        }
        Ok(known)
    }

    async fn save_binding(
        &self,
        fence: Fence,
        binding: &Binding,
        state: &BindingState,
    ) -> Result<(), StoreError> {
        let stored = Stored {
            binding: binding.clone(),
            state: state.clone(),
        };
        let put = Action::Put(Item::new(key::binding(binding), &stored));
        self.table
            .fenced(fence, vec![Unit::again([put])])
            .await
            .map(drop)
    }

    async fn drop_binding(&self, fence: Fence, binding: &Binding) -> Result<(), StoreError> {
        let delete = Action::Delete(key::binding(binding));
        self.table
            .fenced(fence, vec![Unit::again([delete])])
            .await
            .map(drop)
    }
}

fn read(row: &Row) -> Result<(Binding, BindingState), StoreError> {
    let Stored { binding, state } = row.body()?;
    row.lies_at(&key::binding(&binding))?;
    Ok((binding, state))
}
