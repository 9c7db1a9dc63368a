"""Pools: one by id or name, or all that fit filters."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from terraform_provider_xivds8k.driver import NotFound, XIVDS8KDriver
from terraform_provider_xivds8k.driver import Pool as ArrayPool
from terraform_provider_xivds8k.lifecycle import DataSource, Diagnostics
from terraform_provider_xivds8k.schema import Attr, Model, computed, optional, optional_computed


class PoolFields(Model):
    """What is known of a pool."""

    type: Attr[str] = computed("Storage type: `fb` or (DS8000) `ckd`.")
    node_: Attr[int | None] = computed("DS8000: the node (0 or 1) that owns the pool; volumes' LSSs have its parity.")
    total_bytes: Attr[int] = computed("Physical capacity in bytes (XIV: hard size).")
    free_bytes: Attr[int] = computed("Free physical capacity in bytes.")
    virtual_total_bytes: Attr[int | None] = computed("What thin volumes may promise, in bytes (XIV: soft size).")
    virtual_free_bytes: Attr[int | None] = computed("What is left to promise, in bytes.")
    snapshot_bytes: Attr[int | None] = computed("XIV: capacity set aside for snapshots, in bytes.")
    extent_bytes: Attr[int] = computed("Unit of allocation in bytes.")
    thin_ratio: Attr[Decimal | None] = computed("What is promised over what is there.")


class PoolRow(PoolFields):
    """A pool in a listing."""

    id: Attr[str] = computed("The pool's id on the array.")
    name: Attr[str] = computed("The pool's name.")


class Pool(PoolFields, type_name="xivds8k_pool"):
    """One pool, by `id` or `name`. None or several fitting is an error that names near matches."""

    id: Attr[str] = optional_computed("The pool's id on the array. Write this or `name`.")
    name: Attr[str] = optional_computed("The pool's name. Write this or `id`.")


class Pools(Model, type_name="xivds8k_pools"):
    """All pools that fit the filters; none fitting is an empty list."""

    name: Attr[str | None] = optional("Exact name.")
    node_: Attr[int | None] = optional("DS8000: the node that owns the pool.")
    type: Attr[Literal["fb", "ckd"] | None] = optional("Storage type: `fb` or (DS8000) `ckd`.")
    pools: Attr[list[PoolRow]] = computed("The pools, by id.")


class PoolDataSource(DataSource[Pool, XIVDS8KDriver]):
    """Read one pool."""

    model = Pool

    def validate(self, config: Pool, diagnostics: Diagnostics) -> None:
        written = [name for name in ("id", "name") if config.raw[name] is not None]
        if len(written) != 1:
            diagnostics.error(None, "Write id or name", "A pool is found by its id or by its name: write one of them.")

    def read(self, config: Pool, diagnostics: Diagnostics) -> Pool:
        return Pool.from_raw({**row(self._find(config.known(Pool.id), config.known(Pool.name))).raw})

    def _find(self, pool_id: str | None, name: str | None) -> ArrayPool:
        """Return the pool of that id, or of that name: the id of one pool may be the name of another."""
        pools = self.driver.list_pools()
        if pool_id is not None:
            found = [pool for pool in pools if pool.id.casefold() == pool_id.casefold()]
        else:
            found = [pool for pool in pools if pool.name == name]
        if len(found) == 1:
            return found[0]
        other = self.driver.get_pool(pool_id or name or "")  # says what is wrong, unless it is the other of the two
        raise NotFound(
            f"No pool with that {'id' if pool_id is not None else 'name'} on the array",
            happened=f"Pool {other.id} is called {other.name!r}.",
            next_step=f"Write {'name' if pool_id is not None else 'id'} instead.",
            attribute="pool",
        )


class PoolsDataSource(DataSource[Pools, XIVDS8KDriver]):
    """Read all pools that fit."""

    model = Pools

    def read(self, config: Pools, diagnostics: Diagnostics) -> Pools:
        config.set(Pools.pools, [row(pool) for pool in self.driver.list_pools() if _fits(config, pool)])
        return config


def _fits(config: Pools, pool: ArrayPool) -> bool:
    return (
        config.name in {None, pool.name}
        and config.node_ in {None, pool.node}
        and config.type in {None, pool.storage_type}
    )


def row(pool: ArrayPool) -> PoolRow:
    """Return a pool as Terraform sees it."""
    return PoolRow(
        id=pool.id,
        name=pool.name,
        type=pool.storage_type,
        node_=pool.node,
        total_bytes=pool.total_bytes,
        free_bytes=pool.free_bytes,
        virtual_total_bytes=pool.virtual_total_bytes,
        virtual_free_bytes=pool.virtual_free_bytes,
        snapshot_bytes=pool.snapshot_bytes,
        extent_bytes=pool.extent_bytes,
        thin_ratio=pool.thin_ratio,
    )
