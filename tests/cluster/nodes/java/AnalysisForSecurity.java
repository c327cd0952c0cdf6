package lsrtest;

import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.regex.Pattern;
import org.apache.lucene.analysis.LowerCaseFilter;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.Tokenizer;
import org.apache.lucene.analysis.email.UAX29URLEmailTokenizer;
import org.apache.lucene.analysis.miscellaneous.RemoveDuplicatesTokenFilter;
import org.apache.lucene.analysis.pattern.PatternCaptureGroupTokenFilter;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.index.analysis.AbstractTokenFilterFactory;
import org.elasticsearch.index.analysis.TokenFilterFactory;
import org.elasticsearch.index.analysis.TokenizerFactory;
import org.elasticsearch.indices.analysis.AnalysisModule.AnalysisProvider;
import org.elasticsearch.plugins.AnalysisPlugin;
import org.elasticsearch.plugins.Plugin;

/**
 * The filters and the tokenizer that the index of Elasticsearch's security asks for, and that the
 * distribution lacks: without them there are no API keys.
 */
public class AnalysisForSecurity extends Plugin implements AnalysisPlugin {
  @Override
  public Map<String, AnalysisProvider<TokenFilterFactory>> getTokenFilters() {
    return Map.of(
        "lowercase", filter((stream, settings) -> new LowerCaseFilter(stream)),
        "unique", filter((stream, settings) -> new RemoveDuplicatesTokenFilter(stream)),
        "pattern_capture", filter(AnalysisForSecurity::capture));
  }

  @Override
  public Map<String, AnalysisProvider<TokenizerFactory>> getTokenizers() {
    return Map.of(
        "uax_url_email",
        (index, environment, name, settings) ->
            new TokenizerFactory() {
              @Override
              public String name() {
                return name;
              }

              @Override
              public Tokenizer create() {
                return new UAX29URLEmailTokenizer();
              }
            });
  }

  private static TokenStream capture(TokenStream stream, Settings settings) {
    List<String> patterns = settings.getAsList("patterns");
    return new PatternCaptureGroupTokenFilter(
        stream,
        settings.getAsBoolean("preserve_original", true),
        patterns.stream().map(Pattern::compile).toArray(Pattern[]::new));
  }

  private static AnalysisProvider<TokenFilterFactory> filter(
      BiFunction<TokenStream, Settings, TokenStream> make) {
    return (index, environment, name, settings) ->
        new AbstractTokenFilterFactory(name) {
          @Override
          public TokenStream create(TokenStream stream) {
            return make.apply(stream, settings);
          }
        };
  }
}
