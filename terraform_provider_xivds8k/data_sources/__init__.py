"""The data sources, a file per kind of object."""

from .groups import ConsistencyGroupDataSource as ConsistencyGroupDataSource
from .hosts import HostDataSource as HostDataSource
from .hosts import HostsDataSource as HostsDataSource
from .pools import PoolDataSource as PoolDataSource
from .pools import PoolsDataSource as PoolsDataSource
from .replications import ReplicationDataSource as ReplicationDataSource
from .system import SystemDataSource as SystemDataSource
from .volumes import VolumeDataSource as VolumeDataSource
from .volumes import VolumesDataSource as VolumesDataSource
