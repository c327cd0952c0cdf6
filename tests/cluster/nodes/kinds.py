"""The nodes that tests can ask for: data only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Engine = Literal["opensearch", "elasticsearch"]


@dataclass(frozen=True)
class Module:
    """A jar that the distribution lacks, and what the node must know to load it as a module."""

    name: str
    artifact: str
    classname: str
    java_version: str


@dataclass(frozen=True)
class NodeKind:
    """A distribution, what is added to it, and the Java versions that run it.

    `or_else` takes its place where no Java is new enough.
    """

    name: str
    engine: Engine
    version: str
    java: range
    plugins: tuple[str, ...] = ()
    modules: tuple[Module, ...] = ()
    left_out: tuple[str, ...] = ()
    settings: Mapping[str, object] = field(default_factory=dict, hash=False)
    or_else: NodeKind | None = None

    @property
    def distribution(self) -> str:
        """Maven coordinates of the bare distribution, which the makers test with."""
        return f"org.{self.engine}.distribution.integ-test-zip:{self.engine}:{self.version}:zip"


# Java 24 took the security manager away, without which these do not start.
_OLDER_JAVA = range(17, 24)
_NEWER_JAVA = range(21, 100)

# What no test needs: a second or two of each start.
_NOT_NEEDED = (
    "aggs-matrix-stats",
    "cache-common",
    "ingest-geoip",
    "ingest-user-agent",
    "lang-expression",
    "opensearch-dashboards",
    "parent-join",
    "percolator",
    "rank-eval",
    "repository-url",
    "rule-framework",
    "store-subdirectory",
)

_WITHOUT_SECURITY = {"xpack.security.enabled": False}

OPENSEARCH_BARE = NodeKind(
    name="opensearch-bare",
    engine="opensearch",
    version="3.6.0",
    java=_NEWER_JAVA,
    left_out=_NOT_NEEDED,
)

# The quickest to start: the one for tests that break their node.
OPENSEARCH2 = NodeKind(
    name="opensearch2",
    engine="opensearch",
    version="2.19.6",
    java=_OLDER_JAVA,
    modules=(
        Module(
            name="mapper-extras",
            artifact="org.opensearch.plugin:mapper-extras-client:2.19.6",
            classname="org.opensearch.index.mapper.MapperExtrasPlugin",
            java_version="11",
        ),
    ),
    or_else=OPENSEARCH_BARE,
)

OPENSEARCH = NodeKind(
    name="opensearch",
    engine="opensearch",
    version="3.6.0",
    java=_NEWER_JAVA,
    plugins=tuple(
        f"org.opensearch.plugin:{name}:3.6.0.0:zip"
        for name in (
            "opensearch-job-scheduler",
            "opensearch-knn",
            "opensearch-ml-plugin",
            "neural-search",
        )
    ),
    left_out=_NOT_NEEDED,
    or_else=OPENSEARCH2,
)

OPENSEARCH38 = NodeKind(
    name="opensearch38",
    engine="opensearch",
    version="3.8.0",
    java=_NEWER_JAVA,
    left_out=_NOT_NEEDED,
)

ELASTICSEARCH8 = NodeKind(
    name="elasticsearch8",
    engine="elasticsearch",
    version="8.19.21",
    java=range(17, 100),
    settings=_WITHOUT_SECURITY,
)

ELASTICSEARCH = NodeKind(
    name="elasticsearch",
    engine="elasticsearch",
    version="9.5.0",
    java=_NEWER_JAVA,
    settings=_WITHOUT_SECURITY,
    or_else=ELASTICSEARCH8,
)

ELASTICSEARCH7 = NodeKind(
    name="elasticsearch7",
    engine="elasticsearch",
    version="7.17.29",
    java=_OLDER_JAVA,
    modules=(
        Module(
            name="mapper-extras",
            artifact="org.elasticsearch.plugin:mapper-extras-client:7.17.29",
            classname="org.elasticsearch.index.mapper.MapperExtrasPlugin",
            java_version="1.8",
        ),
    ),
    settings=_WITHOUT_SECURITY,
)
