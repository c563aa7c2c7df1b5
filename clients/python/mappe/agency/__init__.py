"""An agency's side: enrol, ask, collect, redeem only what is needed, keep the receipts."""
