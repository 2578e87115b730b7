set -u
export LAB_PREFIX=w5
P=.build/release/lab-probe
Scripts/lab up --no-bottleneck >/dev/null 2>&1
sleep 0.5
m() { # extra blast args
  nsenter --net=/run/netns/w5wire -- $P sink --interface ny --after 0.3 --seconds 1 >/tmp/w5sink & s=$!
  sleep 0.2
  nsenter --net=/run/netns/w5ny -- taskset -c 1 $P blast --interface p1 --from 10.0.0.1:4000 --to 10.0.0.2:9 --from-mac 02:00:00:00:01:01 --to-mac 02:00:00:00:02:01 --seconds 1.6 "$@" >/tmp/w5blast
  kill $s; wait $s 2>/dev/null
  echo "$(cat /tmp/w5sink) | $(cat /tmp/w5blast) | $(grep -E 'NET_RX' /proc/softirqs)"
}
for i in 1 2 3; do echo "gro off"; m --redirect u0; done
nsenter --net=/run/netns/w5wire -- ethtool -K ny gro on
for i in 1 2 3; do echo "gro on"; m --redirect u0; done
nsenter --net=/run/netns/w5wire -- ethtool -S ny | head -20
nsenter --net=/run/netns/w5ny -- ethtool -S u0 | head -20
Scripts/lab down
