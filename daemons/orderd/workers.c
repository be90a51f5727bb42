/* What orderd does by itself. A lease is longer than the calls of a batch may take together. */
#include "daemons/orderd/orderd.h"
#include "daemons/orderd/sql.h"

#define LEASE_MS 20000

const struct worker orderd_workers[] = {
	{ "checkout", .claim = SQL(claim_checkouts), .work_batch = checkout_batch, .batch = 96,
	  .lease_ms = LEASE_MS },
	{ "outcome", .claim = SQL(claim_outcomes), .work_batch = outcome_batch, .batch = 200,
	  .lease_ms = LEASE_MS },
	{ "release", .claim = SQL(claim_releases), .work_batch = release_batch, .batch = 96,
	  .lease_ms = LEASE_MS },
	{ "ship", .claim = SQL(claim_shipments), .work_batch = ship_batch, .batch = 96,
	  .lease_ms = LEASE_MS },
	{ "cancel", .claim = SQL(claim_cancellations), .work_batch = cancel_batch, .batch = 96,
	  .lease_ms = LEASE_MS },
	{ "invoice", .claim = SQL(claim_invoices), .work_batch = invoice_batch, .batch = 64,
	  .lease_ms = LEASE_MS },
	{ "restock", .claim = SQL(claim_restocks), .work_batch = restock_batch, .batch = 96,
	  .lease_ms = LEASE_MS },
	{ "refund", .claim = SQL(claim_refunds), .work_batch = refund_batch, .batch = 96,
	  .lease_ms = LEASE_MS },
	{ "return-window", .work = put_return_window, .every_ms = 60000 },
	{ "expire", .work = expire_orders, .every_ms = 1000 },
	{ 0 },
};
