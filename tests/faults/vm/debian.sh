#!/bin/sh
# Install the Debian packages that `make faults-vm` needs; see tests/debian.sh.
missing=
for package in qemu-system-x86 debootstrap e2fsprogs mount; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q "ok installed" ||
        missing="$missing $package"
done
test -n "$missing" || exit 0

root=
test "$(id -u)" = 0 || root="sudo -n"
install="apt-get install -y --no-install-recommends$missing"
$root true 2>/dev/null || {
    echo "make faults-vm needs: sudo apt-get update && sudo $install"
    exit
}
echo "installing$missing" >&2
{
    $root apt-get update --quiet &&
        $root env DEBIAN_FRONTEND=noninteractive $install
} >&2 || echo "apt-get failed; by hand: sudo apt-get update && sudo $install"
