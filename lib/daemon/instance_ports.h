/* RUN_DIR/<instance>.ports: where an instance listens, and will want to listen again. */
#ifndef ECOM_LIB_DAEMON_INSTANCE_PORTS_H
#define ECOM_LIB_DAEMON_INSTANCE_PORTS_H

struct instance_ports {
	int gateway, direct; /* 0: unknown */
};

/* run_dir may be NULL: nothing is remembered. */
struct instance_ports instance_ports_load(const char *run_dir, const char *instance);

/* {"address":"127.0.0.1:1","direct_address":"127.0.0.1:2"}; a failure is only logged. */
void instance_ports_save(const char *run_dir, const char *instance, const char *address,
			 const char *direct_address);

#endif
