/** Names of Kubernetes clusters as EKS, GKE and AKS allow them; a path, a parameter's name and a token hold them as they are. */
export const CLUSTER_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

/** Names of clusters as EKS allows them, which are all names by `CLUSTER_NAME`. */
export const EKS_CLUSTER_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/;
