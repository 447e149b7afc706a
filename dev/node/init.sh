#!/usr/bin/env bash
# The first process of the embedded node. It runs in its own namespaces (mount, network, process, host name), so
# that ending it ends the whole node and undoes every mount and address. All variables come from embedded.ts.
set -euo pipefail
: "${NODE_DIR:?}" "${NODE_NAME:?}" "${NODE_IP:?}" "${HOST_IP:?}" "${BIN_DIR:?}"
: "${POD_CIDR:?}" "${SERVICE_CIDR:?}" "${DNS_IP:?}" "${ETCD_PORT:?}" "${HELPER_IMAGE:?}"

readonly log=$NODE_DIR/log secrets=$NODE_DIR/secrets config=$NODE_DIR/config data=$NODE_DIR/data

mount --make-rprivate /
mount --make-rshared /
mount -t tmpfs tmpfs /run
mkdir -p /run/lock /var/log/pods /var/lib/cni "$data"/{etcd,kubelet,containerd,volumes,pod-logs,cni}
# Another node's kubelet would mistake this one's logs for leftovers and delete them.
mount --bind "$data/pod-logs" /var/log/pods
# The pods of a node that was ended never release their addresses: the records of them must end with it.
mount --bind "$data/cni" /var/lib/cni
hostname "$NODE_NAME"
ip link set lo up

# The process that started this moves one end of a veth pair in here.
for _ in $(seq 200); do
  ip link show node0 >/dev/null 2>&1 && break
  sleep 0.05
done
ip address add "$NODE_IP/24" dev node0
ip link set node0 up
ip route add default via "$HOST_IP"
sysctl -qw net.ipv4.ip_forward=1
if [ -e /proc/sys/net/bridge/bridge-nf-call-iptables ]; then
  sysctl -qw net.bridge.bridge-nf-call-iptables=1
fi
iptables --table nat --append POSTROUTING --source "$POD_CIDR" ! --destination "$POD_CIDR" --jump MASQUERADE

# All containers are in one control group, which would get no more of a busy machine than one process beside it.
share() { # share FILE SHARE, where the kernel has the controller
  [ ! -d "${1%/*/*}" ] || mkdir -p "${1%/*}"
  [ ! -e "$1" ] || echo "$2" >"$1"
}
if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
  share /sys/fs/cgroup/k8s.io/cpu.weight 1000
else
  share /sys/fs/cgroup/cpu/k8s.io/cpu.shares 10240
fi

# Memory is available; the tests wait for processor time.
export GOGC=400

started=0
start() { # start NAME COMMAND...
  local name=$1
  shift
  "$@" >>"$log/$name.log" 2>&1 &
  started=$((started + 1))
}

wait_for() { # wait_for WHAT COMMAND...
  local what=$1
  shift
  for _ in $(seq 600); do
    "$@" >/dev/null 2>&1 && return
    [ "$(jobs -pr | wc -l)" -eq "$started" ] || break
    sleep 0.1
  done
  echo "$what did not start" >&2
  exit 1
}

readonly kubeconfig=$secrets/kubeconfig
kubectl() { "$BIN_DIR/kubernetes" kubectl --kubeconfig "$kubeconfig" "$@"; }

start etcd "$BIN_DIR/kubernetes" etcd --data-dir "$data/etcd" --unsafe-no-fsync --log-level warn \
  --listen-client-urls "http://127.0.0.1:$ETCD_PORT" --advertise-client-urls "http://127.0.0.1:$ETCD_PORT" \
  --listen-peer-urls http://127.0.0.1:0
start containerd "$BIN_DIR/containerd" --config "$config/containerd.toml"
start kube-apiserver "$BIN_DIR/kubernetes" kube-apiserver --etcd-servers "http://127.0.0.1:$ETCD_PORT" \
  --bind-address 0.0.0.0 --advertise-address "$NODE_IP" --cert-dir "$secrets/apiserver" \
  --token-auth-file "$secrets/tokens.csv" --authorization-mode Node,RBAC \
  --enable-admission-plugins NodeRestriction --allow-privileged \
  --service-cluster-ip-range "$SERVICE_CIDR" --service-account-issuer https://kubernetes.default.svc \
  --service-account-key-file "$secrets/service-account.key" \
  --service-account-signing-key-file "$secrets/service-account.key" \
  --kubelet-preferred-address-types InternalIP --kubelet-client-certificate "$secrets/kubelet-client.crt" \
  --kubelet-client-key "$secrets/kubelet-client.key" --profiling=false
wait_for kube-apiserver kubectl get --raw /readyz

# Each of its controllers requests an account and a token at its start: at the default rate that takes four seconds.
start kube-controller-manager "$BIN_DIR/kubernetes" kube-controller-manager --kubeconfig "$kubeconfig" \
  --kube-api-qps 500 --kube-api-burst 500 \
  --service-account-private-key-file "$secrets/service-account.key" --root-ca-file "$secrets/apiserver/apiserver.crt" \
  --use-service-account-credentials --leader-elect=false --controllers '*,-nodeipam' --profiling=false
start kube-scheduler "$BIN_DIR/kubernetes" kube-scheduler --kubeconfig "$kubeconfig" --leader-elect=false \
  --profiling=false
wait_for containerd "$BIN_DIR/ctr" version
start kubelet "$BIN_DIR/kubernetes" kubelet --kubeconfig "$kubeconfig" --config "$config/kubelet.yaml" \
  --hostname-override "$NODE_NAME" --node-ip "$NODE_IP" --root-dir "$data/kubelet"
start kube-proxy "$BIN_DIR/kubernetes" kube-proxy --config "$config/kube-proxy.yaml" --hostname-override "$NODE_NAME"
start coredns "$BIN_DIR/coredns" -conf "$config/Corefile"
wait_for "the node's registration" kubectl get node "$NODE_NAME"
start kube-router "$BIN_DIR/kubernetes" kube-router --kubeconfig "$kubeconfig" --hostname-override "$NODE_NAME" \
  --service-cluster-ip-range "$SERVICE_CIDR"
start local-path-provisioner "$BIN_DIR/local-path-provisioner" start --kubeconfig "$kubeconfig" \
  --namespace kube-system --config "$config/storage.json" --helper-pod-file "$config/storage-helper.yaml" \
  --helper-image "$HELPER_IMAGE" --configmap-name local-path-config --service-account-name local-path-provisioner

# Every server is needed: when one ends, the node ends, and its log says why.
wait -n
echo "a server of the node ended; see $log" >&2
exit 1
