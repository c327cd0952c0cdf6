"""The nodes that tests can ask for: data only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Engine = Literal["opensearch", "elasticsearch"]


@dataclass(frozen=True)
class Module:
    """A jar that the distribution lacks, and what the node must know to load it as a module.

    `origin` is its Maven coordinates, or the name of a source in the folder `java`.
    """

    name: str
    origin: str
    classname: str
    java_version: str

    @property
    def is_source(self) -> bool:
        return self.origin.endswith(".java")


@dataclass(frozen=True)
class NodeKind:
    """A distribution, what is added to it, and the Java versions that run it.

    A `secured` one has TLS and the users of `users`. `or_else` takes its place where no Java fits.
    """

    name: str
    engine: Engine
    version: str
    java: range
    plugins: tuple[str, ...] = ()
    modules: tuple[Module, ...] = ()
    left_out: tuple[str, ...] = ()
    settings: Mapping[str, object] = field(default_factory=dict, hash=False)
    secured: bool = False
    or_else: NodeKind | None = None

    @property
    def distribution(self) -> str:
        """Maven coordinates of the bare distribution, which the makers test with."""
        return f"org.{self.engine}.distribution.integ-test-zip:{self.engine}:{self.version}:zip"

    @property
    def has_neural_sparse(self) -> bool:
        return any(":neural-search:" in plugin for plugin in self.plugins)

    @property
    def has_api_keys(self) -> bool:
        return self.engine == "elasticsearch" and self.secured and bool(self.modules)


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
            origin="org.opensearch.plugin:mapper-extras-client:2.19.6",
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
            origin="org.elasticsearch.plugin:mapper-extras-client:7.17.29",
            classname="org.elasticsearch.index.mapper.MapperExtrasPlugin",
            java_version="1.8",
        ),
    ),
    settings=_WITHOUT_SECURITY,
)

OPENSEARCH_SECURE = NodeKind(
    name="opensearch-secure",
    engine="opensearch",
    version="2.19.4",
    java=_OLDER_JAVA,
    plugins=("org.opensearch.plugin:opensearch-security:2.19.4.0:zip",),
    modules=(
        Module(
            name="mapper-extras",
            origin="org.opensearch.plugin:mapper-extras-client:2.19.4",
            classname="org.opensearch.index.mapper.MapperExtrasPlugin",
            java_version="11",
        ),
    ),
    secured=True,
)

ELASTICSEARCH_SECURE = NodeKind(
    name="elasticsearch-secure",
    engine="elasticsearch",
    version="9.5.0",
    java=_NEWER_JAVA,
    modules=(
        Module(
            name="analysis-for-security",
            origin="AnalysisForSecurity.java",
            classname="lsrtest.AnalysisForSecurity",
            java_version="21",
        ),
    ),
    secured=True,
)
