/*
 * The NATS services protocol (ADR-32): answers PING, INFO and STATS on $SRV.<verb>,
 * $SRV.<verb>.<service> and $SRV.<verb>.<service>.<id>, so that `nats micro` and other tools see
 * our instances. They have no endpoints on NATS; metadata says where they are.
 */
#ifndef ECOM_LIB_REGISTRY_MICRO_H
#define ECOM_LIB_REGISTRY_MICRO_H

struct bus;
struct instance;
struct micro;

struct micro *micro_start(struct bus *bus, const struct instance *instance);
void micro_stop(struct micro *micro); /* NULL is fine */

#endif
