/*
 * The DPDK headers that the bindings are generated from, and the few functions that stand for
 * what DPDK has only as an inline function, a macro or a thread-local variable.
 */
#ifndef TANDEM_DPDK_SHIM_H
#define TANDEM_DPDK_SHIM_H

#include <stddef.h>
#include <stdint.h>

#include <rte_dev.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_eth_ring.h>
#include <rte_ethdev.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_log.h>
#include <rte_mbuf.h>
#include <rte_mempool.h>
#include <rte_ring.h>
#include <rte_version.h>

/* Thread-local in DPDK: a binding of the variable itself would not be. */
int sx_errno(void);
unsigned int sx_lcore_id(void);

uint16_t sx_rx_burst(uint16_t port, uint16_t queue, struct rte_mbuf **mbufs, uint16_t count);
uint16_t sx_tx_burst(uint16_t port, uint16_t queue, struct rte_mbuf **mbufs, uint16_t count);

struct rte_mbuf *sx_mbuf_alloc(struct rte_mempool *pool);
int sx_mbuf_alloc_bulk(struct rte_mempool *pool, struct rte_mbuf **mbufs, unsigned int count);
void sx_mbuf_free(struct rte_mbuf *mbuf);

unsigned int sx_ring_enqueue_burst(struct rte_ring *ring, void *const *objects, unsigned int count);
unsigned int sx_ring_dequeue_burst(struct rte_ring *ring, void **objects, unsigned int count);

/* Sends DPDK's log to the standard error stream only, and not to syslog as its default does. */
void sx_log_to_stderr(void);

/* Keeps DPDK's log in memory from here on; 0, or -1 when there is no memory for it. */
int sx_log_keep(void);

/*
 * Ends sx_log_keep, sends the log to the standard error stream again and copies the last
 * `size - 1` bytes of what was kept, with a zero behind them. Returns how many were copied.
 */
size_t sx_log_kept(char *text, size_t size);

#endif
