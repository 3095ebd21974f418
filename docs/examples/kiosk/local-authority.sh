#!/bin/sh
# A certificate authority of the office's own, and a certificate for its server: for a network without internet.
# usage: sh local-authority.sh sipas.hailong.lan 192.168.1.10
set -eu
name="$1"; address="$2"

# the authority may vouch for this one name and address only: whoever steals its key gains no other site
openssl req -x509 -newkey rsa:3072 -sha256 -days 1825 -nodes -keyout authority.key -out authority.crt \
    -subj "/CN=SIPAS $name" -addext "keyUsage=critical,keyCertSign,cRLSign" \
    -addext "nameConstraints=critical,permitted;DNS:$name,permitted;IP:$address/255.255.255.255"

openssl req -newkey rsa:2048 -sha256 -nodes -keyout server.key -out server.csr -subj "/CN=$name"
printf 'subjectAltName=DNS:%s,IP:%s\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n' "$name" "$address" > server.ext
openssl x509 -req -in server.csr -CA authority.crt -CAkey authority.key -CAcreateserial -sha256 -days 397 \
    -extfile server.ext -out server.crt
rm server.csr server.ext
chmod 600 authority.key server.key
echo "server.crt + server.key: for nginx. authority.crt: onto every device. authority.key: into a safe."
