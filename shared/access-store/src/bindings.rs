//! Binding states: small items in one partition, so that one query reads them all.

use crate::DynamoStore;
use crate::action::{Action, Unit};
use crate::item::Item;
use crate::key;
use crate::query::Query;
use access_core::plan::Binding;
use access_core::ports::{BindingState, Bindings, Fence, StoreError};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What the item holds.
#[derive(Serialize, Deserialize)]
struct Stored {
    binding: Binding,
    state: BindingState,
}

#[async_trait]
impl Bindings for DynamoStore {
    async fn bindings(&self) -> Result<BTreeMap<Binding, BindingState>, StoreError> {
        let mut bindings = BTreeMap::new();
        for row in self.table.query(&Query::of(key::BINDINGS)).await? {
            let Stored { binding, state } = row.body()?;
            row.lies_at(&key::binding(&binding))?;
            bindings.insert(binding, state);
        }
        Ok(bindings)
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
