#!/bin/sh
# Makes ./configure. Needs autoconf, automake, autoconf-archive and pkg-config.
cd "$(dirname "$0")" && exec autoreconf -fi -Wall
