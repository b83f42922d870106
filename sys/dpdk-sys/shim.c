/*
 * Bodies of shim.h. Nothing is decided here.
 */
#include "shim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int sx_errno(void)
{
	return rte_errno;
}

unsigned int sx_lcore_id(void)
{
	return rte_lcore_id();
}

uint16_t sx_rx_burst(uint16_t port, uint16_t queue, struct rte_mbuf **mbufs, uint16_t count)
{
	return rte_eth_rx_burst(port, queue, mbufs, count);
}

uint16_t sx_tx_burst(uint16_t port, uint16_t queue, struct rte_mbuf **mbufs, uint16_t count)
{
	return rte_eth_tx_burst(port, queue, mbufs, count);
}

struct rte_mbuf *sx_mbuf_alloc(struct rte_mempool *pool)
{
	return rte_pktmbuf_alloc(pool);
}

int sx_mbuf_alloc_bulk(struct rte_mempool *pool, struct rte_mbuf **mbufs, unsigned int count)
{
	return rte_pktmbuf_alloc_bulk(pool, mbufs, count);
}

void sx_mbuf_free(struct rte_mbuf *mbuf)
{
	rte_pktmbuf_free(mbuf);
}

unsigned int sx_ring_enqueue_burst(struct rte_ring *ring, void *const *objects, unsigned int count)
{
	return rte_ring_enqueue_burst(ring, objects, count, NULL);
}

unsigned int sx_ring_dequeue_burst(struct rte_ring *ring, void **objects, unsigned int count)
{
	return rte_ring_dequeue_burst(ring, objects, count, NULL);
}

static FILE *kept_stream;
static char *kept_text;
static size_t kept_size;

void sx_log_to_stderr(void)
{
	rte_openlog_stream(stderr);
}

int sx_log_keep(void)
{
	kept_stream = open_memstream(&kept_text, &kept_size);
	if (kept_stream == NULL)
		return -1;
	rte_openlog_stream(kept_stream);
	return 0;
}

size_t sx_log_kept(char *text, size_t size)
{
	size_t copied = 0;

	rte_openlog_stream(stderr);
	if (kept_stream == NULL)
		return 0;
	fclose(kept_stream);
	kept_stream = NULL;
	if (size > 0) {
		copied = kept_size < size ? kept_size : size - 1;
		memcpy(text, kept_text + (kept_size - copied), copied);
		text[copied] = '\0';
	}
	free(kept_text);
	kept_text = NULL;
	return copied;
}
