//! Numbers as Go prints them, which is how Argo Rollouts records a measured value.
