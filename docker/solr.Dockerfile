# The official Solr with what the cores need: ICU and smartcn (a module of Solr) and JTS.
FROM debian:bookworm-slim AS jars
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends maven >/dev/null
COPY config/solr/server/pom.xml .
RUN mvn -q -B dependency:copy-dependencies -DoutputDirectory=/jars -DincludeArtifactIds=jts-core

FROM solr:9.10.1
ENV SOLR_MODULES=analysis-extras
USER root
COPY --from=jars /jars/ /opt/solr/server/solr-webapp/webapp/WEB-INF/lib/
COPY --chmod=644 config/solr/jiangmen/conf/ /opt/solr/server/solr/configsets/jiangmen/conf/
RUN chmod 755 /opt/solr/server/solr/configsets/jiangmen /opt/solr/server/solr/configsets/jiangmen/conf
USER solr
CMD ["bash", "-c", "precreate-core jiangmen_share /opt/solr/server/solr/configsets/jiangmen && precreate-core jiangmen_open /opt/solr/server/solr/configsets/jiangmen && exec solr-foreground"]
