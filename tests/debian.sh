#!/bin/sh
# Install the Debian packages that `make test` needs.
#
# Says nothing on stdout when all is there; otherwise one line with the remedy.
# The services that the packages bring are not used: tests start their own
# servers on free ports.
packages="mosquitto mosquitto-clients influxdb influxdb-client victoria-metrics"
packages="$packages postgresql socat sqlite3 strace faketime iproute2"
packages="$packages systemd systemd-container udev debootstrap gcc libc6-dev"

command -v dpkg-query >/dev/null || {
    echo "make test needs the Debian packages $packages;" \
        "without them there is make test-quick"
    exit
}
missing=
for package in $packages; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q "ok installed" ||
        missing="$missing $package"
done
test -n "$missing" || exit 0

root=
test "$(id -u)" = 0 || root="sudo -n"
install="apt-get install -y --no-install-recommends$missing"
$root true 2>/dev/null || {
    echo "make test needs: sudo apt-get update && sudo $install"
    exit
}
echo "installing$missing" >&2
{
    $root apt-get update --quiet &&
        $root env DEBIAN_FRONTEND=noninteractive $install
} >&2 || echo "apt-get failed; by hand: sudo apt-get update && sudo $install"
